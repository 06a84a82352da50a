using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.InteropTests.Pebble;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>
/// <c>replaces</c> (RFC 9773 section 5) at the newest Pebble. It answers 500 for a certificate whose serial number begins with a high bit, so these tests replace one that does not,
/// and show apart what becomes of the others.
/// </summary>
public sealed class PebbleReplacementTests(SharedPebbles pebbles)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_certificate_is_replaced_once()
    {
        var pebble = await pebbles.GetAsync(PebbleVersion.Newest, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        using var first = await IssueAsync(account);
        var replacement = PlainIssuance.Request("replaced.test") with { Replaces = first.RenewalId };

        using var second = await account.IssueAsync(replacement, Ct);
        var refused = await Assert.ThrowsAsync<AcmeException>(() => account.OrderAsync(replacement, Ct));

        Assert.Equal(first.RenewalId, second.Order.Replaces);
        Assert.Equal((AcmeFault.Rejected, 409), (refused.Fault, refused.StatusCode));
        Assert.True(refused.Problem!.Is("alreadyReplaced"), refused.Message);
    }

    [Fact]
    public async Task Renewing_replaces_the_first_time_and_orders_without_the_second_time()
    {
        var pebble = await pebbles.GetAsync(PebbleVersion.Newest, Ct);
        var recorder = new RequestRecorder(pebble);
        using var client = pebble.NewClient(recorder);
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        using var first = await IssueAsync(account);

        var replacing = await account.RenewAsync(["replaced.test"], first.Der, Ct);
        using var second = await account.CompleteAsync(replacing, Ct);
        var before = recorder.Statuses("/order-plz").Count(status => status is 409);
        var again = await account.RenewAsync(["replaced.test"], first.Der, Ct);
        using var third = await account.CompleteAsync(again, Ct);

        Assert.Equal(first.RenewalId, replacing.Replaces);
        Assert.Null(again.Replaces);
        Assert.Equal((0, 1), (before, recorder.Statuses("/order-plz").Count(status => status is 409)));
        Assert.True(third.Certificate.MatchesHostname("replaced.test"));
    }

    [Fact]
    public async Task Another_accounts_certificate_cannot_be_replaced_and_renewing_it_is_an_order_like_any_other()
    {
        var pebble = await pebbles.GetAsync(PebbleVersion.Newest, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        using var newer = AcmeAccountKey.Create();
        using var theirs = await IssueAsync(await client.RegisterAsync(key, Ct));
        var account = await client.RegisterAsync(newer, Ct);

        var refused = await Assert.ThrowsAsync<AcmeException>(() => account.OrderAsync(PlainIssuance.Request("replaced.test") with { Replaces = theirs.RenewalId }, Ct));
        var order = await account.RenewAsync(["replaced.test"], theirs.Der, Ct);

        Assert.True(refused.Problem!.Is("unauthorized"), refused.Message);
        Assert.Equal((AcmeStatus.Pending, null), (order.Status, order.Replaces));
    }

    /// <summary>The answer to a serial number that Pebble compares wrongly is the one to a serial number that it never issued.</summary>
    [Fact]
    public async Task A_certificate_that_the_CA_fails_to_find_is_renewed_by_an_order_like_any_other()
    {
        var pebble = await pebbles.GetAsync(PebbleVersion.Newest, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        using var issued = await IssueAsync(account);
        var unfound = WithHighBit(issued.Certificate);

        var refused = await Assert.ThrowsAsync<AcmeException>(
            () => account.OrderAsync(PlainIssuance.Request("replaced.test") with { Replaces = AcmeRenewalInfo.IdOf(unfound) }, Ct));
        var order = await account.RenewAsync(["replaced.test"], unfound, Ct);

        Assert.Equal((AcmeFault.Server, 500), (refused.Fault, refused.StatusCode));
        Assert.Null(order.Replaces);
    }

    [Fact]
    public async Task A_CA_without_renewal_info_is_not_told_what_is_replaced()
    {
        var pebble = await pebbles.GetAsync(PebbleVersion.Installed, Ct);
        using var client = pebble.NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);
        using var issued = await account.IssueAsync("replaced.test", Ct);

        using var renewed = await account.CompleteAsync(await account.RenewAsync(["replaced.test"], issued.Der, Ct), Ct);

        Assert.Null(renewed.Order.Replaces);
        Assert.NotEqual(issued.Certificate.SerialNumber, renewed.Certificate.SerialNumber);
    }

    private static async Task<IssuedCertificate> IssueAsync(AcmeAccount account)
    {
        while (true)
        {
            var issued = await account.IssueAsync("replaced.test", Ct);
            if (issued.Certificate.SerialNumberBytes.Span[0] != 0) return issued;

            // Written with a leading zero because the next bit is set: one in 256.
            issued.Dispose();
        }
    }

    private static byte[] WithHighBit(X509Certificate2 issued)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(issued.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single());
        using var certificate = request.Create(issued.IssuerName, X509SignatureGenerator.CreateForECDsa(key), issued.NotBefore, issued.NotAfter, [0x87, 0x65, 0x43, 0x21]);
        return certificate.RawData;
    }
}
