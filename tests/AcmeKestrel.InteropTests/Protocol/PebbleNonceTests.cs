using AcmeKestrel.InteropTests.Pebble;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>A CA that rejects nine of ten nonces. One call resends up to twenty times, so one in nine still fails and is repeated, as the edge would.</summary>
public sealed class PebbleNonceTests
{
    private static readonly string[] Signed = ["/sign-me-up", "/order-plz", "/authZ/", "/chalZ/", "/my-order/", "/finalize-order/", "/certZ/", "/revoke-cert"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task A_certificate_is_issued_and_revoked_all_the_same(PebbleVersion version)
    {
        await using var pebble = await PebbleServer.StartAsync(new PebbleSettings(version) { AlwaysValid = true, NonceReject = 90 }, Ct);
        var recorder = new RequestRecorder(pebble);
        using var client = pebble.NewClient(recorder);
        using var key = AcmeAccountKey.Create();

        var account = await client.RegisterAsync(key, Ct);
        using var issued = await account.IssueAsync("stubborn.test", Ct);
        await PlainIssuance.InsistAsync(async () =>
        {
            await account.RevokeAsync(issued.Der, cancellationToken: Ct);
            return true;
        });

        Assert.Equal("Revoked", (await pebble.Management.StatusAsync(issued.Certificate, Ct)).Status);
        Assert.All(Signed, path => Assert.Contains(recorder.Statuses(path), status => status is 200 or 201));

        // Every rejection brings the nonce of the next try: newNonce is asked for the first one, and after a call that failed for 21 of them.
        var (rejections, refills) = (recorder.Seen.Count(request => request.Status == 400), recorder.Statuses("/nonce-plz").Count);
        Assert.InRange(refills, 1, 1 + (rejections / 21));
    }
}
