using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.LocalCa;
using AcmeKestrel.Storage;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>Three edges on one engine, and at random one is killed, stopped beyond its lease and woken, or cut off from the engine, while certificates that live for a minute are renewed all the time.</summary>
public sealed partial class FleetChaosTests(ITestOutputHelper output)
{
    private const int Pause = 19;
    private const int GoOn = 18;

    private static readonly string[] Names = [.. Enumerable.Range(0, 6).Select(number => $"n{number}.test")];
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    private static TimeSpan Duration => TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("ACMEKESTREL_FLEET_SECONDS") ?? "60", CultureInfo.InvariantCulture));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Redis", 1)]
    [InlineData("PostgreSql", 2)]
    public async Task Nothing_is_lost_or_bought_twice_and_the_living_serve(string type, int seed)
    {
        await using var engine = await FleetEngine.StartAsync(type, Stop);
        Node[] nodes = [new(engine.Port), new(engine.Port), new(engine.Port)];
        await using var ca = await LocalCaApp.StartAsync(lifetime: TimeSpan.FromSeconds(60));
        await using var http = new TcpProxy(ca.HttpPort, [.. nodes.Select(node => node.Edge.HttpPort)]);
        await using var tls = new TcpProxy(ca.TlsPort, [.. nodes.Select(node => node.Edge.HttpsPort)]);
        var committed = new ConcurrentDictionary<string, byte>();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var following = FollowAsync(engine.Open(), committed, over.Token);
        try
        {
            foreach (var node in nodes)
            {
                engine.Use(node.Edge.Using(ca, Names), node.Engine.Port);
                node.Edge.Settings["Acme__Store__LeaseDuration"] = Lease.ToString();
                node.Edge.Start();
            }

            foreach (var node in nodes) await node.ServesAllAsync();
            var visiting = Task.WhenAll(nodes.Select(node => node.VisitAsync(over.Token)));
            await TroubleAsync(nodes, new Random(seed));
            foreach (var node in nodes) await node.ServesAllAsync();
            await over.CancelAsync();
            await visiting;
            await Task.WhenAny(following);

            output.WriteLine($"{type}: {nodes.Sum(node => node.Visits)} handshakes, {ca.Orders.Issued.Count} certificates, {committed.Count} generations; {string.Join(", ", nodes.SelectMany(node => node.Troubles).GroupBy(trouble => trouble).Select(group => $"{group.Count()} {group.Key}"))}");
            Assert.All(nodes, node => Assert.Empty(node.Failures));
            Assert.Empty(ca.Orders.Doubles);
            Assert.Equal(1, ca.Registrations);

            // What the CA signed is on record, but for what was under way at the end.
            var lost = ca.Orders.Issued.Where(url => !committed.Keys.Any(name => name.EndsWith($"-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)).AsSpan(0, 4))}", StringComparison.Ordinal))).ToList();
            Assert.True(lost.Count <= 1, string.Join('\n', lost));
        }
        finally
        {
            foreach (var node in nodes) await node.DisposeAsync();
        }
    }

    private static async Task TroubleAsync(Node[] nodes, Random random)
    {
        var until = DateTimeOffset.UtcNow + Duration;
        while (DateTimeOffset.UtcNow < until)
        {
            // The others live.
            var node = nodes[random.Next(nodes.Length)];
            await (random.Next(6) switch
            {
                0 => node.DieAsync(),
                1 => node.SleepAsync(Lease * 2),
                2 => node.SleepAsync(TimeSpan.FromSeconds(1)),
                3 => node.WithoutEngineAsync(engine => engine.IsSilent = true, Lease * 2),
                4 => node.WithoutEngineAsync(
                    engine =>
                    {
                        engine.IsShut = true;
                        engine.Cut();
                    },
                    Lease * 1.5),
                _ => node.WithoutEngineAsync(engine => engine.Delay = TimeSpan.FromMilliseconds(200), Lease),
            });
        }
    }

    private static async Task FollowAsync(IAcmeStore store, ConcurrentDictionary<string, byte> committed, CancellationToken cancellationToken)
    {
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest { Kind = RecordKind.Certificate }, cancellationToken);
        await foreach (var change in watch.ReadAsync(cancellationToken))
        {
            if (change is { Kind: StoreChangeKind.Written, Key: { } key }) committed[key.Name] = 0;
        }
    }

    /// <summary>One edge, its way to the engine, and visitors who come all the time.</summary>
    private sealed class Node(int enginePort) : IAsyncDisposable
    {
        private volatile bool _isAlive = true;

        public SampleEdge Edge { get; } = new();

        public TcpProxy Engine { get; } = new(FreePort.Next(), enginePort);

        public int Visits { get; private set; }

        public List<string> Troubles { get; } = [];

        public ConcurrentQueue<string> Failures { get; } = [];

        public async Task ServesAllAsync()
        {
            foreach (var name in Names) await Edge.ServedAsync(name, Stop);
        }

        /// <summary>A handshake that begins and ends while the node lives succeeds, with a certificate that the CA signed.</summary>
        public async Task VisitAsync(CancellationToken cancellationToken)
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            while (!cancellationToken.IsCancellationRequested)
            {
                var wasAlive = _isAlive;
                var failure = await TryVisitAsync(Names[Visits++ % Names.Length]);
                if (failure is not null && wasAlive && _isAlive && !cancellationToken.IsCancellationRequested) Failures.Enqueue($"{DateTimeOffset.UtcNow:HH:mm:ss.fff} {failure}");
                await pace.WaitForNextTickAsync(CancellationToken.None);
            }
        }

        public async Task DieAsync()
        {
            Troubles.Add("killed");
            _isAlive = false;
            await Edge.Process.KillAsync(Stop);
            Edge.Start();
            await ServesAllAsync();
            _isAlive = true;
        }

        public async Task SleepAsync(TimeSpan duration)
        {
            Troubles.Add(duration > Lease ? "stopped beyond the lease" : "stopped for a second");
            _isAlive = false;
            _ = Kill(Edge.Process.Id, Pause);
            await Task.Delay(duration, Stop);
            _ = Kill(Edge.Process.Id, GoOn);
            await Edge.FirstHandshakeAsync(Names[0], Stop);
            _isAlive = true;
        }

        /// <summary>It serves what it has.</summary>
        public async Task WithoutEngineAsync(Action<TcpProxy> trouble, TimeSpan duration)
        {
            trouble(Engine);
            Troubles.Add(Engine.IsSilent ? "engine silent" : Engine.IsShut ? "engine away" : "engine slow");
            await Task.Delay(duration, Stop);
            (Engine.IsSilent, Engine.IsShut, Engine.Delay) = (false, false, TimeSpan.Zero);
        }

        public async ValueTask DisposeAsync()
        {
            await Edge.DisposeAsync();
            await Engine.DisposeAsync();
        }

        private async Task<string?> TryVisitAsync(string name)
        {
            try
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
                return await ServedChain.FetchAsync(Edge.HttpsPort, name, patience.Token) is { IsSelfSigned: false } served && served.Covers(name) ? null : $"{name}: another certificate";
            }
            catch (Exception failed) when (failed is SocketException or IOException or AuthenticationException or OperationCanceledException)
            {
                return $"{name}: {failed.GetType().Name} {failed.Message}";
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
