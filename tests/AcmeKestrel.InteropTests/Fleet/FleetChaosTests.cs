using System.Globalization;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.LocalCa;
using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>
/// Three edges on one engine, and one is killed, stopped beyond its lease and woken, or cut off from the engine, while certificates that live for a minute are renewed all the time. Which one and how is random, but every
/// other time it is the one that has the right to order.
/// </summary>
public sealed class FleetChaosTests(ITestOutputHelper output)
{
    private static readonly string[] Names = [.. Enumerable.Range(0, 6).Select(number => $"n{number}.test")];
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    private static TimeSpan Duration => TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("ACMEKESTREL_FLEET_SECONDS") ?? "30", CultureInfo.InvariantCulture));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Redis", 1)]
    [InlineData("PostgreSql", 2)]
    public async Task Nothing_is_lost_or_bought_twice_and_the_living_serve(string type, int seed)
    {
        await using var engine = await FleetEngine.StartAsync(type, Stop);
        var committed = new Commits(Lifetime);
        ChaosNode[] nodes = [new(engine.Port, Names, committed), new(engine.Port, Names, committed), new(engine.Port, Names, committed)];
        await using var ca = await LocalCaApp.StartAsync(lifetime: Lifetime);
        await using var http = new TcpProxy(ca.HttpPort, [.. nodes.Select(node => node.Edge.HttpPort)]);
        await using var tls = new TcpProxy(ca.TlsPort, [.. nodes.Select(node => node.Edge.HttpsPort)]);
        http.IsUp = port => nodes.Single(node => node.Edge.HttpPort == port).IsUp;
        tls.IsUp = port => nodes.Single(node => node.Edge.HttpsPort == port).IsUp;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var store = engine.Open();
        await using var watch = await Until.ItWorksAsync(() => store.OpenWatchAsync(new StoreWatchRequest { Kind = RecordKind.Certificate }, Stop).AsTask(), Stop);
        var following = FollowAsync(store, watch.Start, committed, over.Token);
        try
        {
            foreach (var node in nodes)
            {
                engine.Use(node.Edge.Using(ca, Names), node.Engine.Port);
                node.Edge.Settings["Acme__Store__LeaseDuration"] = Lease.ToString();

                // Who is stopped while a CA asks fails a validation, and of these a name has five an hour.
                node.Edge.Settings["Acme__Providers__pebble__Limits"] = "none";
                node.Edge.Start();
            }

            foreach (var node in nodes) await node.ServesAllAsync();
            var visiting = Task.WhenAll(nodes.Select(node => node.VisitAsync(over.Token)));
            await TroubleAsync(nodes, new Random(seed));
            foreach (var node in nodes) await node.ServesAllAsync();

            // What the CA has signed comes to be on record, whoever asked for it and whatever became of him.
            var signed = ca.Orders.Issued;
            await Patience.UntilAsync(_ => Task.FromResult(SeenOrders.Missing(signed, committed.Names).Count == 0 ? "" : null), () => $"Signed, and not on record:\n{string.Join('\n', SeenOrders.Missing(signed, committed.Names))}", Stop);
            await over.CancelAsync();
            await visiting;
            await Task.WhenAny(following);

            var rights = nodes.SelectMany(node => node.Rights()).ToList();
            output.WriteLine($"{type}: {nodes.Sum(node => node.Visits)} handshakes, {ca.Orders.Issued.Count} certificates, {committed.Names.Count} generations, the right to order given {rights.Count} times; {string.Join(", ", nodes.SelectMany(node => node.Troubles).GroupBy(trouble => trouble).Select(group => $"{group.Count()} {group.Key}"))}");
            Assert.All(nodes, node => Assert.Empty(node.Failures));
            Assert.Empty(ca.Orders.Doubles);
            Assert.All(nodes, node => Assert.True(node.AreRightsInOrder()));
            Assert.True(rights.Count > 1 && rights.Distinct().Count() == rights.Count, string.Join(", ", rights));
            Assert.Equal(1, ca.Registrations);
        }
        finally
        {
            foreach (var node in nodes) await node.DisposeAsync();
        }
    }

    private static async Task TroubleAsync(ChaosNode[] nodes, Random random)
    {
        var until = DateTimeOffset.UtcNow + Duration;
        for (var turn = 0; DateTimeOffset.UtcNow < until; turn++)
        {
            // The others live.
            var node = turn % 2 == 0 ? nodes.MaxBy(node => node.Rights().DefaultIfEmpty().Max())! : nodes[random.Next(nodes.Length)];
            await (random.Next(7) switch
            {
                0 => node.DieAsync(),
                1 => node.SleepAsync(Lease * 2, "stopped beyond the lease"),
                2 => node.SleepAsync(TimeSpan.FromSeconds(1), "stopped for a second"),
                3 => node.WithoutEngineAsync(engine => engine.IsSilent = true, Lease * 2),
                4 => node.WithoutEngineAsync(
                    engine =>
                    {
                        engine.IsShut = true;
                        engine.Cut();
                    },
                    Lease * 1.5),
                5 => node.WithoutEngineAsync(engine => engine.LosesAnswers = true, Lease * 1.5),
                _ => node.WithoutEngineAsync(engine => engine.Delay = TimeSpan.FromMilliseconds(200), Lease),
            });
        }
    }

    /// <summary>However often the engine does not answer in time.</summary>
    private static async Task FollowAsync(IAcmeStore store, StoreCursor last, Commits committed, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var watch = await store.OpenWatchAsync(new StoreWatchRequest { Kind = RecordKind.Certificate, After = last }, cancellationToken);
                await foreach (var change in watch.ReadAsync(cancellationToken))
                {
                    if (change is { Kind: StoreChangeKind.Written, Key: { } key }) committed.Add(key.Name);
                    last = change.Cursor;
                }
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
    }
}
