using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.LocalCa;
using AcmeKestrel.InteropTests.Redis;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>"The engine lost acknowledged writes" of docs/fleet.md: two edges on a Redis whose replica is promoted without what its primary acknowledged last, an order and a renewal.</summary>
public sealed class LostWritesTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_lost_is_served_on_and_ordered_once_more_and_both_end_with_the_same()
    {
        await using var redis = await RedisPair.StartAsync(Stop);
        await using var ca = await LocalCaApp.StartAsync(Lifetime);
        SampleEdge[] edges = [new(), new()];
        await using var http = new TcpProxy(ca.HttpPort, [.. edges.Select(edge => edge.HttpPort)]);
        await using var tls = new TcpProxy(ca.TlsPort, [.. edges.Select(edge => edge.HttpsPort)]);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        try
        {
            foreach (var edge in edges)
            {
                edge.Using(ca);
                edge.Settings["Acme__Store__Type"] = "Redis";
                edge.Settings["Acme__Store__Redis__Configuration"] = redis.Configuration;
                edge.Settings["Acme__Store__LeaseDuration"] = "00:00:06";
                edge.Wish("shop.test");
                edge.Start();
            }

            var replicated = await ThumbprintAsync(edges, "shop.test", []);
            var visits = new List<Task>(edges.Select(edge => VisitAsync(edge, "shop.test", over.Token)));

            await redis.CutAsync(Stop);
            var lostRenewal = await ThumbprintAsync(edges, "shop.test", [replicated]);
            foreach (var edge in edges) edge.Wish("shop.test", "late.test");
            var lostOrder = await ThumbprintAsync(edges, "late.test", []);
            visits.AddRange(edges.Select(edge => VisitAsync(edge, "late.test", over.Token)));
            Assert.True(ca.Orders.IssuedFor("shop.test") >= 2 && ca.Orders.IssuedFor("late.test") == 1, $"{ca.Orders.IssuedFor("shop.test")}, {ca.Orders.IssuedFor("late.test")}");

            await redis.PromoteAsync(Stop);
            await ThumbprintAsync(edges, "late.test", [lostOrder]);
            await ThumbprintAsync(edges, "shop.test", [replicated, lostRenewal]);

            // A machine that takes its time renews them once more meanwhile; what is bought twice for one intent is told below.
            Assert.True(ca.Orders.IssuedFor("shop.test") >= 3 && ca.Orders.IssuedFor("late.test") >= 2, $"{ca.Orders.IssuedFor("shop.test")}, {ca.Orders.IssuedFor("late.test")}");

            // Whoever had the right to order gave it back, and it was given once more.
            Assert.True(edges.Sum(edge => edge.Process.Output.Split("This machine has the right to order from now on").Length - 1) > 1, edges[0].Process.Output + edges[1].Process.Output);
            Assert.Equal(1, ca.Registrations);
            Assert.Empty(ca.Orders.Doubles);
            await over.CancelAsync();
            await Task.WhenAll(visits);
        }
        finally
        {
            await over.CancelAsync();
            foreach (var edge in edges) await edge.DisposeAsync();
        }
    }

    /// <summary>All serve the same one, and none of these.</summary>
    private static Task<string> ThumbprintAsync(SampleEdge[] edges, string name, string[] former) => Patience.UntilAsync(
        async token =>
        {
            var served = await Task.WhenAll(edges.Select(async edge => (await edge.ServedAsync(name, token)).Certificate.Thumbprint));
            return served.Distinct().ToList() is [var one] && !former.Contains(one) ? one : null;
        },
        () => $"They do not agree about {name}. Output:\n{string.Join("\n\n", edges.Select(edge => edge.Process.Output))}",
        Stop);

    /// <summary>From when it is served there is no handshake without a certificate of the CA that is good, and there are some, however soon all is over.</summary>
    private static async Task VisitAsync(SampleEdge edge, string name, CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
        for (var visits = 0; visits <= 5 || !cancellationToken.IsCancellationRequested; visits++)
        {
            var served = await ServedChain.FetchAsync(edge.HttpsPort, name, Stop);
            Assert.True(!served.IsSelfSigned && served.Covers(name) && served.Certificate.NotAfter.ToUniversalTime() > DateTime.UtcNow, $"{name}: {served.Certificate}\n{edge.Process.Output}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
