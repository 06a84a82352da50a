using System.Collections.Concurrent;
using System.Net.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace AcmeKestrel.Tests.Serving;

/// <summary>A swap drops no connection and fails no handshake (promise 4).</summary>
public sealed class HotSwapTests
{
    private const int Workers = 6;
    private const int RequestsEach = 40;

    private static readonly TestCa Ca = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Under_load_no_request_fails_and_kept_connections_live_on(string version)
    {
        await using var edge = await TestEdge.StartAsync(
            builder => builder.WebHost.UseUrls("https://127.0.0.1:0"),
            app => app.Run(context => context.Response.WriteAsync(context.Connection.Id)),
            Ca.Issue("shop.test"));
        var seen = new ConcurrentDictionary<string, bool>();

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async worker =>
        {
            using var kept = Client(edge, version, seen);
            var connection = await kept.GetStringAsync("/", Cancellation);
            for (var i = 0; i < RequestsEach; i++)
            {
                if (i % 5 == worker % 5) edge.Table.Publish(Ca.Issue("shop.test"));
                using var fresh = Client(edge, version, seen);
                Assert.NotEmpty(await fresh.GetStringAsync("/", Cancellation));
                Assert.Equal(connection, await kept.GetStringAsync("/", Cancellation));
            }
        }));

        Assert.InRange(seen.Count, 10, Workers * RequestsEach);
        Assert.All(seen.Values, Assert.True);
    }

    [Fact]
    public async Task The_next_handshake_after_a_swap_has_the_new_certificate()
    {
        await using var edge = await TestEdge.StartAsync(Ca.Issue("shop.test"));
        var old = await TlsClient.VisitAsync(edge.Https, "shop.test");
        var generation = Ca.Issue("shop.test");
        edge.Table.Publish(generation);

        var swapped = await TlsClient.VisitAsync(edge.Https, "shop.test");

        Assert.Equal(generation.Chain.Leaf.ToArray(), swapped.Leaf.RawData);
        Assert.NotEqual(old.Leaf.RawData, swapped.Leaf.RawData);
    }

    private static HttpClient Client(TestEdge edge, string version, ConcurrentDictionary<string, bool> seen) => edge.Client(
        "shop.test",
        new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                seen[certificate!.GetCertHashString()] = (errors & SslPolicyErrors.RemoteCertificateNameMismatch) == 0 && chain!.ChainPolicy.ExtraStore.Count > 0,
        },
        version);
}
