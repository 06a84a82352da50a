using AcmeKestrel.InteropTests.Pebble;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>Revocation by either key, as the CA's own records show it (RFC 8555 section 7.6).</summary>
public sealed class PebbleRevocationTests(SharedPebbles pebbles)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PebbleVersion.Installed, null)]
    [InlineData(PebbleVersion.Installed, 1)]
    [InlineData(PebbleVersion.Newest, null)]
    [InlineData(PebbleVersion.Newest, 4)]
    public async Task The_account_revokes_with_a_reason_or_none_and_twice_is_success(PebbleVersion version, int? reason)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        using var issued = await account.IssueAsync("revoked.test", Ct);
        Assert.Equal(new PebbleCertificateStatus("Valid", null), await pebble.Management.StatusAsync(issued.Certificate, Ct));

        await account.RevokeAsync(issued.Der, reason, Ct);
        await account.RevokeAsync(issued.Der, reason: 5, Ct);

        Assert.Equal(new PebbleCertificateStatus("Revoked", reason), await pebble.Management.StatusAsync(issued.Certificate, Ct));
    }

    [Theory]
    [InlineData(PebbleVersion.Installed, null)]
    [InlineData(PebbleVersion.Installed, 4)]
    [InlineData(PebbleVersion.Newest, null)]
    [InlineData(PebbleVersion.Newest, 1)]
    public async Task Who_has_the_certificates_key_and_no_account_revokes_it_and_twice_is_success(PebbleVersion version, int? reason)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        using var issued = await (await client.RegisterAsync(key, Ct)).IssueAsync("leaked.test", Ct);
        using var finder = pebble.NewClient();
        using var signer = issued.NewSigner();

        await finder.RevokeAsync(issued.Der, signer, reason, Ct);
        await finder.RevokeAsync(issued.Der, signer, reason: 5, Ct);

        Assert.Equal(new PebbleCertificateStatus("Revoked", reason), await pebble.Management.StatusAsync(issued.Certificate, Ct));
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task A_certificate_outlives_its_account_and_is_still_revoked_by_its_own_key(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        using var issued = await account.IssueAsync("orphan.test", Ct);
        using var signer = issued.NewSigner();

        await account.DeactivateAsync(Ct);
        Assert.Equal("Valid", (await pebble.Management.StatusAsync(issued.Certificate, Ct)).Status);
        await client.RevokeAsync(issued.Der, signer, reason: 5, Ct);

        Assert.Equal(new PebbleCertificateStatus("Revoked", 5), await pebble.Management.StatusAsync(issued.Certificate, Ct));
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task A_reason_that_does_not_exist_is_refused_and_nothing_is_revoked(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        using var issued = await account.IssueAsync("reasons.test", Ct);
        using var signer = issued.NewSigner();

        foreach (var revoke in (Func<Task>[])[() => account.RevokeAsync(issued.Der, 7, Ct), () => account.RevokeAsync(issued.Der, 11, Ct), () => client.RevokeAsync(issued.Der, signer, 7, Ct)])
        {
            var refused = await Assert.ThrowsAsync<AcmeException>(revoke);
            Assert.Equal(AcmeFault.Rejected, refused.Fault);
            Assert.True(refused.Problem!.Is("badRevocationReason"), refused.Message);
        }

        Assert.Equal("Valid", (await pebble.Management.StatusAsync(issued.Certificate, Ct)).Status);
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task Neither_a_stranger_nor_another_key_revokes(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        using var strange = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        var stranger = await client.RegisterAsync(strange, Ct);
        using var issued = await account.IssueAsync("mine.test", Ct);
        using var signer = AcmeAccountKey.Create();

        foreach (var revoke in (Func<Task>[])[() => stranger.RevokeAsync(issued.Der, cancellationToken: Ct), () => client.RevokeAsync(issued.Der, signer, cancellationToken: Ct)])
        {
            var refused = await Assert.ThrowsAsync<AcmeException>(revoke);
            Assert.Equal((AcmeFault.Rejected, 403), (refused.Fault, refused.StatusCode));
            Assert.True(refused.Problem!.Is("unauthorized"), refused.Message);
        }

        Assert.Equal("Valid", (await pebble.Management.StatusAsync(issued.Certificate, Ct)).Status);
    }
}
