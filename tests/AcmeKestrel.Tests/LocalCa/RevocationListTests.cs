using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Issuing;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>RFC 5280 section 5. What openssl says about the list, <c>AcmeKestrel.InteropTests</c> shows.</summary>
public sealed class RevocationListTests
{
    private readonly Desks _desks = new();

    [Fact]
    public void A_list_holds_what_was_revoked_with_reason_and_time_for_a_day()
    {
        var account = _desks.NewAccount();
        var good = _desks.Issue(account, ["good.test"]);
        var now = _desks.Time.GetUtcNow();
        var expected = new Dictionary<string, int?>();
        foreach (int? reason in new int?[] { null, 0, 1, 2, 3, 4, 5, 6, 8, 9, 10 })
        {
            var bad = _desks.Issue(account, [$"bad{reason}.test"]);
            _desks.Revoke(bad, account, reason: reason);
            expected.Add(bad.SerialNumber, reason is 0 or 8 or 10 ? null : reason);
        }

        var list = ReadList(_desks.Revocations.List(_desks.Authority));
        Assert.Equal((now, now.AddDays(1)), (list.ThisUpdate, list.NextUpdate));
        Assert.Equal(expected.OrderBy(e => e.Key), list.Entries.Select(e => KeyValuePair.Create(e.Key, e.Value.Reason)).OrderBy(e => e.Key));
        Assert.All(list.Entries.Values, entry => Assert.Equal(now, entry.At));
        Assert.DoesNotContain(good.SerialNumber, list.Entries.Keys);
    }

    [Fact]
    public void A_number_with_its_first_bit_set_stays_positive_on_the_list()
    {
        var account = _desks.NewAccount();
        _desks.Options.Serials = () => [0x87, 0x65, 0x43, 0x21];
        var bad = _desks.Issue(account, ["bad.test"]);
        _desks.Revoke(bad, account);

        Assert.Equal("0087654321", Assert.Single(ReadList(_desks.Revocations.List(_desks.Authority)).Entries).Key);
    }

    [Fact]
    public void Its_number_grows_with_each_list_even_while_time_stands_still_and_over_restarts()
    {
        var first = ReadList(_desks.Revocations.List(_desks.Authority)).Number;
        var second = ReadList(_desks.Revocations.List(_desks.Authority)).Number;
        _desks.Time.Advance(TimeSpan.FromMinutes(1));
        var afterRestart = ReadList(new RevocationDesk(_desks.State, _desks.Options, _desks.Time).List(_desks.Authority)).Number;

        Assert.True(first < second, $"{first} {second}");
        Assert.True(second < afterRestart, $"{second} {afterRestart}");
    }

    [Fact]
    public async Task Anyone_gets_the_list_and_a_test_asks_for_one_certificate()
    {
        await using var ca = await TestCaOverHttp.StartAsync();
        using var leaf = await ca.CertificateAsync("shop.test");
        Assert.Equal(new LocalCaCertificateStatus(null, null), ca.Ca.StatusOf(leaf.SerialNumber));
        Assert.False(ca.Ca.StatusOf(leaf.SerialNumber)!.IsRevoked);
        Assert.Empty(ReadList(ca.Ca.GetCrl()).Entries);

        ca.Time.Advance(TimeSpan.FromHours(1));
        var revoke = $$"""{"certificate":"{{TinyAcmeClient.B64(leaf.RawData)}}","reason":8}""";
        Assert.Equal((200, ""), await ca.Client.PostAsync(await ca.Client.UrlAsync("revokeCert"), revoke) is var done ? (done.Status, done.Body) : default);

        Assert.Equal(new LocalCaCertificateStatus(ca.Time.GetUtcNow(), 8), ca.Ca.StatusOf(leaf.SerialNumber));
        Assert.True(ca.Ca.StatusOf("00" + leaf.SerialNumber.ToLowerInvariant())!.IsRevoked);
        Assert.Null(ca.Ca.StatusOf("0087654321"));
        Assert.Equal(leaf.SerialNumber, Assert.Single(ReadList(ca.Ca.GetCrl()).Entries).Key);
        var served = await ca.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "https://ca.test/crl"));
        Assert.Equal((200, "application/pkix-crl"), (served.Status, served.Header("Content-Type")));
        Assert.Equal(405, (await ca.Client.PostAsync("https://ca.test/crl", "")).Status);
    }

    [Fact]
    public async Task What_is_served_is_the_list()
    {
        await using var ca = await TestCaOverHttp.StartAsync();
        using var http = new HttpClient(ca.Ca.CreateHandler());

        var list = ReadList(await http.GetByteArrayAsync("https://ca.test/crl", TestContext.Current.CancellationToken));
        Assert.Equal(ca.Time.GetUtcNow(), list.ThisUpdate);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Certificates_name_the_list_only_where_the_option_says_so(bool option)
    {
        await using var ca = await TestCaOverHttp.StartAsync(new LocalCaServerOptions { CrlDistributionPoint = option });
        using var leaf = await ca.CertificateAsync("shop.test");

        var point = leaf.Extensions.SingleOrDefault(e => e.Oid!.Value == "2.5.29.31");
        Assert.Equal(option, point is not null);
        if (option) Assert.Equal(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension(["https://ca.test/crl"]).RawData, point!.RawData);
    }

    [Fact]
    public void The_intermediate_signs_it()
    {
        var hierarchy = Hierarchy.Create(_desks.Time.GetUtcNow());
        var list = new AsnReader(RevocationList.Sign(hierarchy.Intermediate, [], 7, _desks.Time.GetUtcNow()), AsnEncodingRules.DER).ReadSequence();
        var signed = list.ReadEncodedValue();
        list.ReadSequence();
        using var key = hierarchy.Intermediate.GetECDsaPublicKey()!;

        Assert.True(key.VerifyData(signed.Span, list.ReadBitString(out _), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    /// <summary>RFC 5280 section 5.1, read by hand: the platform's builder wrote it.</summary>
    private static (BigInteger Number, DateTimeOffset ThisUpdate, DateTimeOffset NextUpdate, Dictionary<string, (DateTimeOffset At, int? Reason)> Entries) ReadList(byte[] der)
    {
        var body = new AsnReader(der, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        Assert.Equal(1, body.ReadInteger());
        body.ReadSequence();
        body.ReadSequence();
        var (thisUpdate, nextUpdate) = (body.ReadUtcTime(), body.ReadUtcTime());
        var entries = new Dictionary<string, (DateTimeOffset, int?)>();
        if (body.PeekTag().HasSameClassAndValue(new Asn1Tag(UniversalTagNumber.Sequence)))
        {
            var list = body.ReadSequence();
            while (list.HasData)
            {
                var entry = list.ReadSequence();
                var serial = Convert.ToHexString(entry.ReadIntegerBytes().Span);
                var at = entry.ReadUtcTime();
                entries.Add(serial, (at, entry.HasData ? Extension(entry.ReadSequence(), "2.5.29.21", value => (int)value.ReadEnumeratedValue<X509RevocationReason>()) : null));
            }
        }

        var number = Extension(body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence(), "2.5.29.20", value => value.ReadInteger());
        return (number!.Value, thisUpdate, nextUpdate, entries);
    }

    private static T? Extension<T>(AsnReader extensions, string oid, Func<AsnReader, T> read)
        where T : struct
    {
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            if (extension.ReadObjectIdentifier() == oid) return read(new AsnReader(extension.ReadOctetString(), AsnEncodingRules.DER));
        }

        return null;
    }
}
