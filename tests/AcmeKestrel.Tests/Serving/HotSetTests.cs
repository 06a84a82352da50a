using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Tests.Serving;

/// <summary>
/// Clients that come again, at an edge with more certificates than the platform keeps contexts. Server and client share the platform's cache here as no two processes would, and so do the tests that
/// run beside these: they can empty it at any moment, but only of what nobody holds.
/// </summary>
public sealed class HotSetTests
{
    private const int Names = 48;
    private const int CertificateBytes = 500;

    private static readonly TestCa Ca = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_platform_is_one_whose_contexts_can_be_held() => Assert.Equal(OperatingSystem.IsLinux(), SessionContexts.AreKnown);

    [Fact]
    public async Task With_a_place_for_each_name_everybody_who_comes_again_resumes()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = Names });

        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();

        Assert.Equal(Names, visitors.Hot.Count);
        Assert.Equal(Names, await visitors.GoRoundAsync());
    }

    [Fact]
    public async Task With_no_places_hardly_anybody_does_and_nothing_is_held()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = 0 });

        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();

        Assert.InRange(await visitors.GoRoundAsync(), 0, Names / 2);
        Assert.Equal(0, visitors.Hot.Count);
    }

    [Fact]
    public async Task Where_there_are_few_certificates_nothing_is_held()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings());

        for (var i = 0; i < 48; i++) await visitors.VisitAsync(i % 16);
        Assert.Equal(0, visitors.Hot.Count);

        await visitors.VisitAsync(16);
        Assert.Equal(1, visitors.Hot.Count);
    }

    [Fact]
    public async Task The_places_go_to_the_names_that_are_used_most()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = 8 });
        await visitors.GoRoundAsync();

        for (var i = 0; i < 20; i++)
        {
            for (var name = 30; name < 38; name++) visitors.Loaded(name);
        }

        // Their places wait for them, whoever comes first.
        visitors.Hot.Choose();
        for (var name = 0; name < 30; name++) await visitors.VisitAsync(name);
        for (var name = 30; name < 38; name++) await visitors.VisitAsync(name);
        for (var name = 0; name < 30; name++) await visitors.VisitAsync(name);

        Assert.Equal(8, visitors.Hot.Count);
        for (var name = 30; name < 38; name++) Assert.True(await visitors.VisitAsync(name));
    }

    [Fact]
    public async Task A_swap_gives_up_what_was_held_and_the_new_certificate_is_held_in_its_place()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = Names });
        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();
        var old = visitors.Loaded(7);
        var context = visitors.ContextOf(7);
        Assert.True(old.Pins.IsHot);

        visitors.Edge.Table.Publish(Ca.Issue(Name(7)));

        Assert.False(old.Pins.IsHot);
        Assert.True(old.IsGone);
        Assert.Equal(Names - 1, visitors.Hot.Count);
        await visitors.SweepUntilAsync(() => context.IsClosed);
        Assert.False(await visitors.VisitAsync(7));
        Assert.True(await visitors.VisitAsync(7));
        Assert.Equal(Names, visitors.Hot.Count);
    }

    [Fact]
    public async Task What_makes_room_for_others_gives_up_what_was_held_while_its_connections_go_on()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = Names });
        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();
        var certificate = visitors.Loaded(3);
        var context = visitors.ContextOf(3);
        var (tls, _, isOver) = await visitors.OpenAsync(3);

        visitors.Edge.Table.Withdraw(Name(3));

        Assert.False(certificate.Pins.IsHot);
        for (var name = 4; name < Names; name++)
        {
            visitors.Edge.Table.Publish(Ca.Issue(Name(name)));
            await visitors.VisitAsync(name);
        }

        Assert.False(context.IsClosed);
        await tls.WriteAsync("x"u8.ToArray(), Cancel);
        await tls.ReadExactlyAsync(new byte[1], Cancel);
        await tls.DisposeAsync();
        await isOver;
        await visitors.SweepUntilAsync(() => context.IsClosed);
        Assert.True(certificate.IsGone);
    }

    [Fact]
    public async Task Fewer_places_after_a_reload_are_fewer_at_once()
    {
        var settings = new TestSettings { HotNames = Names };
        await using var visitors = await Visitors.AtAsync(settings);
        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();

        settings.HotNames = 5;
        visitors.Hot.Choose();
        Assert.Equal(5, visitors.Hot.Count);

        settings.HotNames = 0;
        visitors.Hot.Choose();
        Assert.Equal(0, visitors.Hot.Count);
    }

    [Fact]
    public async Task Endpoints_of_other_protocol_versions_have_sessions_of_their_own_that_are_held_as_well()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = Names }, SslProtocols.Tls12, SslProtocols.Tls13);

        foreach (var endpoint in new[] { 0, 1, 0, 1 }) await visitors.GoRoundAsync(endpoint);

        Assert.Equal(Names, await visitors.GoRoundAsync(0));
        Assert.Equal(Names, await visitors.GoRoundAsync(1));
    }

    [Fact]
    public async Task What_is_held_is_given_up_with_the_application()
    {
        await using var visitors = await Visitors.AtAsync(new TestSettings { HotNames = Names });
        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();
        var certificate = visitors.Loaded(20);

        visitors.Hot.Dispose();

        Assert.False(certificate.Pins.IsHot);
        await visitors.VisitAsync(20);
        Assert.Equal(0, visitors.Hot.Count);
    }

    [Fact]
    public async Task Counting_a_handshake_and_holding_what_is_held_allocates_nothing()
    {
        await using var visitors = await Visitors.AtAsync(new FixedSettings(new TestSettings { HotNames = Names }.Current));
        await visitors.GoRoundAsync();
        await visitors.GoRoundAsync();
        var (certificate, connection) = (visitors.Loaded(9), visitors.ConnectionOf(9));
        long allocated = 0;
        for (var i = 0; i < 100; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            certificate.TryUse();
            certificate.Release(connection);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.True(certificate.Pins.IsHot);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public async Task Names_come_and_go_under_load_and_no_handshake_fails()
    {
        var settings = new TestSettings { HotNames = 24, MaxLoaded = 32 };
        await using var visitors = await Visitors.AtAsync(settings);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(async worker =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 60; i++)
            {
                var name = random.Next(Names);
                if (i % 7 == worker) visitors.Edge.Table.Publish(Ca.Issue(Name(name)));
                if (i % 11 == worker) visitors.Hot.Choose();
                await visitors.VisitAsync(name);
            }
        }));

        Assert.InRange(visitors.Hot.Count, 1, 24);
    }

    private static string Name(int number) => $"n{number}.test";

    /// <summary>A browser's session cache, and an edge with many names whose application says one byte and then repeats what it hears.</summary>
    private sealed class Visitors : IAsyncDisposable
    {
        private readonly List<SslStream> _kept = [];
        private readonly SslProtocols[] _versions;
        private readonly ConnectionLog _log;
        private readonly IPEndPoint[] _endpoints;

        private Visitors(TestEdge edge, SslProtocols[] versions, ConnectionLog log, IPEndPoint[] endpoints) => (Edge, _versions, _log, _endpoints) = (edge, versions, log, endpoints);

        public TestEdge Edge { get; }

        public HotSet Hot => Edge.App.Services.GetRequiredService<HotSet>();

        public static async Task<Visitors> AtAsync(IAcmeSettings settings, params SslProtocols[] versions)
        {
            if (versions.Length == 0) versions = [SslProtocols.None];
            var (log, listening) = (new ConnectionLog(), new List<ListenOptions>());
            var edge = await TestEdge.StartAsync(
                builder =>
                {
                    builder.Services.AddSingleton(settings);
                    builder.WebHost.ConfigureKestrel(kestrel =>
                    {
                        foreach (var version in versions)
                        {
                            kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
                            {
                                listening.Add(endpoint);
                                Listen(endpoint, version, log);
                            });
                        }
                    });
                },
                _ => { },
                [.. Enumerable.Range(0, Names).Select(number => Ca.Issue(Name(number))), Ca.Issue("kept.test")]);
            var visitors = new Visitors(edge, versions, log, [.. listening.Select(endpoint => endpoint.IPEndPoint!)]);

            // The platform may close a client's context as well, and all its sessions with it.
            for (var endpoint = 0; endpoint < versions.Length; endpoint++) visitors._kept.Add((await visitors.ConnectAsync("kept.test", endpoint)).Tls);
            return visitors;
        }

        /// <summary>How many resumed.</summary>
        public async Task<int> GoRoundAsync(int endpoint = 0)
        {
            var resumed = 0;
            for (var name = 0; name < Names; name++)
            {
                if (await VisitAsync(name, endpoint)) resumed++;
            }

            return resumed;
        }

        /// <summary>Whether it resumed. The server is done with the connection, too.</summary>
        public async Task<bool> VisitAsync(int name, int endpoint = 0)
        {
            var (tls, hasResumed, isOver) = await ConnectAsync(Name(name), endpoint);
            await tls.DisposeAsync();
            await isOver;
            return hasResumed;
        }

        public Task<(SslStream Tls, bool HasResumed, Task IsOver)> OpenAsync(int name) => ConnectAsync(Name(name), 0);

        public LoadedCertificate Loaded(int name)
        {
            var loaded = Edge.Table.Find(Name(name), KeyFamily.All)!.TryUse()!;
            loaded.Release();
            return loaded;
        }

        /// <summary>What the platform had for the last connection with that name.</summary>
        public SafeHandle ContextOf(int name) => SessionContexts.Of(ConnectionOf(name))!;

        /// <summary>The last one with that name. It has ended.</summary>
        public SslStream ConnectionOf(int name) => _log.Connections[Name(name)];

        /// <summary>Each new context may have the platform look for what nobody has.</summary>
        public async Task SweepUntilAsync(Func<bool> isSo)
        {
            for (var i = 0; i < 128 && !isSo(); i++)
            {
                Edge.Table.Publish(Ca.Issue("sweep.test"));
                var (tls, _, isOver) = await ConnectAsync("sweep.test", 0);
                await tls.DisposeAsync();
                await isOver;
            }

            Assert.True(isSo());
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var kept in _kept) await kept.DisposeAsync();
            await Edge.DisposeAsync();
        }

        private static void Listen(ListenOptions endpoint, SslProtocols version, ConnectionLog log)
        {
            // In front of the gate, whose work at a connection's end is awaited.
            KestrelInternals.Middleware(endpoint).Insert(0, next => async connection =>
            {
                await next(connection);
                log.Ended(connection);
            });
            endpoint.UseHttps(https => https.SslProtocols = version);
            endpoint.Run(async connection =>
            {
                await connection.Transport.Output.WriteAsync("k"u8.ToArray());
                await connection.Transport.Input.CopyToAsync(connection.Transport.Output);
            });
        }

        private async Task<(SslStream Tls, bool HasResumed, Task IsOver)> ConnectAsync(string name, int endpoint)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(_endpoints[endpoint], Cancel);
            var isOver = _log.EndOf((IPEndPoint)socket.LocalEndPoint!);
            var stream = new CountingStream(socket);
            var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    EnabledSslProtocols = _versions[endpoint],
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 leaf && leaf.MatchesHostname(name),
                },
                Cancel);
            var received = stream.Received;
            await tls.ReadExactlyAsync(new byte[1], Cancel);
            return (tls, received < CertificateBytes, isOver);
        }
    }

    /// <summary>As the library's own are: not made anew each time.</summary>
    private sealed record FixedSettings(AcmeSettings Current) : IAcmeSettings
    {
        public IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);
    }

    private sealed class ConnectionLog
    {
        private readonly ConcurrentDictionary<int, TaskCompletionSource> _ends = [];

        /// <summary>The last one for each name.</summary>
        public ConcurrentDictionary<string, SslStream> Connections { get; } = [];

        public Task EndOf(IPEndPoint client) => (_ends[client.Port] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public void Ended(ConnectionContext connection)
        {
            if (connection.Features.Get<ISslStreamFeature>()?.SslStream is { } tls) Connections[tls.TargetHostName] = tls;
            _ends[((IPEndPoint)connection.RemoteEndPoint!).Port].TrySetResult();
        }
    }

    private sealed class CountingStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        public int Received { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            Received += read;
            return read;
        }
    }
}
