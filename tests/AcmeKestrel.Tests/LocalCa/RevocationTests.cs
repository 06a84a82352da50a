using System.Security.Cryptography;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>RFC 8555 section 7.6.</summary>
public sealed class RevocationTests : IDisposable
{
    private readonly Desks _desks = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Account _owner;
    private readonly IssuedCertificate _issued;

    public RevocationTests()
    {
        _owner = _desks.NewAccount();
        _issued = _desks.Issue(_owner, ["shop.test", "www.shop.test"], key: _key);
    }

    public void Dispose() => _key.Dispose();

    [Fact]
    public void The_account_that_got_it_revokes_it()
    {
        _desks.Time.Advance(TimeSpan.FromHours(1));
        _desks.Revoke(_issued, _owner, reason: 4);

        Assert.Equal(new Revocation(4, _desks.Time.GetUtcNow()), Now().Revocation);
    }

    [Fact]
    public void The_certificates_key_revokes_it_and_another_key_does_not()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(("unauthorized", 403), Desks.Refused(() => _desks.Revoke(_issued, key: Desks.Jwk(other))));

        _desks.Revoke(_issued, key: Desks.Jwk(_key), reason: 1);
        Assert.Equal(1, Now().Revocation!.Reason);
    }

    [Fact]
    public void An_account_that_proves_all_the_names_revokes_it()
    {
        var other = _desks.NewAccount();
        Assert.Equal(("unauthorized", 403), Desks.Refused(() => _desks.Revoke(_issued, other)));

        _desks.Prove(other, _desks.Order(other, ["shop.test"]));
        var pending = _desks.Order(other, ["www.shop.test"]);
        Assert.Equal(("unauthorized", 403), Desks.Refused(() => _desks.Revoke(_issued, other)));
        _desks.Prove(other, pending);
        _desks.Revoke(_issued, other);
        Assert.NotNull(Now().Revocation);
    }

    [Fact]
    public void A_proof_that_expired_or_was_given_up_no_longer_counts()
    {
        var other = _desks.NewAccount();
        _desks.Prove(other, _desks.Order(other, ["shop.test", "www.shop.test"]));
        _desks.Time.Advance(_desks.Options.OrderLifetime);
        Assert.Equal(("unauthorized", 403), Desks.Refused(() => _desks.Revoke(_issued, other)));

        var again = _desks.Prove(other, _desks.Order(other, ["shop.test", "www.shop.test"]));
        _desks.Orders.Deactivate(other, again.Authorizations[1]);
        Assert.Equal(("unauthorized", 403), Desks.Refused(() => _desks.Revoke(_issued, other)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public void Each_reason_of_RFC_5280_is_kept(int reason)
    {
        _desks.Revoke(_issued, _owner, reason: reason);

        Assert.Equal(reason, Now().Revocation!.Reason);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(7)]
    [InlineData(11)]
    public void Another_reason_is_refused_and_revokes_nothing(int reason)
    {
        Assert.Equal(("badRevocationReason", 400), Desks.Refused(() => _desks.Revoke(_issued, _owner, reason: reason)));
        Assert.Null(Now().Revocation);
    }

    [Fact]
    public void Revoking_twice_says_so_and_the_first_time_stays()
    {
        _desks.Revoke(_issued, _owner);
        var first = Now().Revocation;
        _desks.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(("alreadyRevoked", 400), Desks.Refused(() => _desks.Revoke(_issued, key: Desks.Jwk(_key), reason: 1)));
        Assert.Equal(first, Now().Revocation);
        Assert.Null(first!.Reason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_expired_certificate_is_revoked_only_where_the_CA_cares(bool refuse)
    {
        _desks.Options.RefuseRevokingExpired = refuse;
        _desks.Time.Advance(_desks.Options.CertificateLifetime);

        if (refuse) Assert.Equal(("unauthorized", 403), Desks.Refused(() => _desks.Revoke(_issued, _owner)));
        else _desks.Revoke(_issued, _owner);
        Assert.Equal(refuse, Now().Revocation is null);
    }

    [Fact]
    public void A_certificate_of_another_CA_is_not_found() =>
        Assert.Equal(("malformed", 404), Desks.Refused(() => _desks.Revoke(_issued with { Der = [0x30, 0x00] }, _owner)));

    private IssuedCertificate Now() => _desks.State.Certificates[_issued.Id];
}
