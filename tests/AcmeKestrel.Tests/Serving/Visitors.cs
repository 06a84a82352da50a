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
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Serving;

/// <summary>A browser's session cache, and an edge with many names whose application says one byte and then repeats what it hears.</summary>
internal sealed class Visitors : IAsyncDisposable
{
    public const int Names = 48;

    private const int CertificateBytes = 500;

    private readonly List<SslStream> _kept = [];
    private readonly SslProtocols[] _versions;
    private readonly ConnectionLog _log;
    private readonly IPEndPoint[] _endpoints;

    private Visitors(TestEdge edge, SslProtocols[] versions, ConnectionLog log, IPEndPoint[] endpoints) => (Edge, _versions, _log, _endpoints) = (edge, versions, log, endpoints);

    public static TestCa Ca { get; } = new();

    public TestEdge Edge { get; }

    public HotSet Hot => Edge.App.Services.GetRequiredService<HotSet>();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static string Name(int number) => $"n{number}.test";

    /// <summary>At an edge whose certificates share no context.</summary>
    public static Task<Visitors> AtAsync(IAcmeSettings settings, params SslProtocols[] versions) => AtAsync(settings, shares: false, versions);

    public static async Task<Visitors> AtAsync(IAcmeSettings settings, bool shares, params SslProtocols[] versions)
    {
        if (versions.Length == 0) versions = [SslProtocols.None];
        var (log, listening) = (new ConnectionLog(), new List<ListenOptions>());
        var edge = await TestEdge.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton(settings).AddSingleton(new HotSet(settings, shares));
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
}
