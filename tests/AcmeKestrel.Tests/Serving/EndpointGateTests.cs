using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Hellos;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Visitors and probes at one port (promises 1, 3 and 8).</summary>
public sealed class EndpointGateTests
{
    private static readonly TestCa Ca = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SslProtocols.Tls12, "", "h2", "http/1.1")]
    [InlineData(SslProtocols.Tls13, "", "h2", "http/1.1")]
    [InlineData(SslProtocols.Tls13, "")]
    [InlineData(SslProtocols.Tls12, "acme-tls/1", "acme-tls/1")]
    [InlineData(SslProtocols.Tls13, "acme-tls/1", "acme-tls/1")]
    [InlineData(SslProtocols.Tls13, "", "acme-tls/1", "h2")]
    [InlineData(SslProtocols.Tls13, "", "h2", "acme-tls/1")]
    public async Task Only_a_hello_with_exactly_the_acme_protocol_gets_the_challenge_certificate(SslProtocols version, string probed, params string[] alpn)
    {
        await using var edge = await PendingAsync();
        var options = TlsClient.Options("shop.test", alpn);
        options.EnabledSslProtocols = version;

        var seen = await TlsClient.ConnectAsync(edge.Https, options, Ca);

        Assert.Equal(probed.Length > 0, IsChallenge(seen));
        Assert.Equal(probed.Length == 0, seen.IsTrusted);
    }

    [Theory]
    [InlineData(16384, 1)]
    [InlineData(16384, 100)]
    [InlineData(100, 16384)]
    [InlineData(1, 16384)]
    [InlineData(7, 3)]
    public async Task A_hello_split_over_records_or_segments_is_served_alike(int record, int segment)
    {
        await using var edge = await PendingAsync();

        Assert.True((await SplinteredAsync(edge, TlsClient.Options("shop.test", "h2"), record, segment)).IsTrusted);
        Assert.True(IsChallenge(await SplinteredAsync(edge, TlsClient.Options("shop.test", "acme-tls/1"), record, segment)));
    }

    /// <summary>What unknown names get would be a wrong certificate for a name that has one.</summary>
    [Fact]
    public async Task A_certificate_that_cannot_be_read_now_ends_the_connection_and_says_so()
    {
        var (store, log) = (new MoodyStore(Ca.Issue("shop.test")) { IsDown = true }, new ToldEvents());
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.WebHost.UseUrls("https://127.0.0.1:0");
            builder.Services.AddSingleton<ICertificateSource>(store);
            builder.Services.AddSingleton<ILoggerFactory>(_ => LoggerFactory.Create(logging => logging.AddProvider(log)));
        });
        edge.Table.Publish(CertificateFacts.Of(store.Stored));

        var ended = await Assert.ThrowsAnyAsync<Exception>(() => TlsClient.VisitAsync(edge.Https, "shop.test", Ca));
        Assert.True(ended is IOException or AuthenticationException, ended.ToString());
        Assert.Equal(1, log.Count(461));

        store.IsDown = false;
        Assert.True((await TlsClient.VisitAsync(edge.Https, "shop.test", Ca)).IsTrusted);
        Assert.Equal(1, log.Count(461));
    }

    [Fact]
    public async Task Of_200_visitors_and_200_probes_at_once_none_gets_the_others_certificate()
    {
        // However busy the machine is: 400 handshakes are its work for a while.
        var patience = TimeSpan.FromMinutes(5);
        await using var edge = await TestEdge.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton(new ServingLimits { MaxProbesOfAnswer = 200, MaxProbesOfAskerAndAnswer = 200, HelloDeadline = patience, ProbeDeadline = patience });
                builder.WebHost.UseUrls("https://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.HandshakeTimeout = patience));
            },
            null,
            Ca.Issue("shop.test"));
        edge.Answers.Publish(Probes.Pending("shop.test"));

        var visits = Enumerable.Range(0, 200).Select(_ => TlsClient.VisitAsync(edge.Https, "shop.test", Ca));
        var probes = Enumerable.Range(0, 200).Select(_ => TlsClient.ProbeAsync(edge.Https, "shop.test"));
        var seen = await Task.WhenAll(visits.Zip(probes).SelectMany(pair => new[] { pair.First, pair.Second }));

        Assert.Equal(200, seen.Count(one => one.IsTrusted && !IsChallenge(one)));
        Assert.Equal(200, seen.Count(one => IsChallenge(one) && one.Alpn == "acme-tls/1"));
    }

    [Fact]
    public async Task After_the_probes_handshake_the_connection_is_closed()
    {
        await using var edge = await PendingAsync();
        using var socket = await ConnectAsync(edge);
        var (_, tls) = await TlsClient.AuthenticateAsync(socket.GetStream(), TlsClient.Options("shop.test", "acme-tls/1"));

        await using (tls)
        {
            Assert.Equal(0, await tls.ReadAsync(new byte[100], Cancellation));
        }
    }

    [Fact]
    public async Task A_probe_without_a_pending_challenge_gets_no_handshake()
    {
        await using var edge = await TestEdge.StartAsync(Ca.Issue("shop.test"));

        await Assert.ThrowsAnyAsync<Exception>(() => TlsClient.ProbeAsync(edge.Https, "shop.test"));
        Assert.True((await TlsClient.VisitAsync(edge.Https, "shop.test", Ca)).IsTrusted);
    }

    [Fact]
    public async Task A_client_that_is_slow_with_its_hello_is_cut_off_by_the_clock()
    {
        var time = new FakeTimeProvider();
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        });
        using var socket = await ConnectAsync(edge);
        await socket.GetStream().WriteAsync(HelloBytes.Records(HelloBytes.Message("shop.test")).AsMemory(0, 20), Cancellation);

        var end = EndAsync(socket);
        while (!end.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(end, Task.Run(Thread.Yield, Cancellation));
        }

        Assert.True(time.GetUtcNow() - time.Start >= new ServingLimits().HelloDeadline);
    }

    /// <summary>A CA's probe is over in a moment; who stalls one must not be why the CA's is refused.</summary>
    [Fact]
    public async Task Of_too_many_probes_at_once_the_one_that_began_first_ends()
    {
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.Services.AddSingleton(new ServingLimits { MaxProbes = 1 });
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        });
        edge.Answers.Publish(Probes.Pending("shop.test"));
        using var first = await ConnectAsync(edge);

        // Its server hello shows that the first probe is being served; it never goes on.
        await first.GetStream().WriteAsync(await CapturedHelloAsync("acme-tls/1"), Cancellation);
        await first.GetStream().ReadExactlyAsync(new byte[1], Cancellation);

        Assert.True(IsChallenge(await TlsClient.ProbeAsync(edge.Https, "shop.test")));
        await EndAsync(first);
        Assert.Equal("fallback.invalid", (await TlsClient.VisitAsync(edge.Https, "shop.test")).Name);
    }

    /// <summary>A store gives an answer anew each time it is asked, and anybody can have it asked.</summary>
    [Fact]
    public async Task What_another_machine_stored_is_shown_by_one_certificate()
    {
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.Services.AddSingleton(new LiveAnswers(TimeProvider.System, new Elsewhere()));
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        });

        var (one, other) = (await TlsClient.ProbeAsync(edge.Https, "shop.test"), await TlsClient.ProbeAsync(edge.Https, "shop.test"));

        Assert.True(IsChallenge(one));
        Assert.Equal(one.Leaf.Thumbprint, other.Leaf.Thumbprint);
    }

    [Fact]
    public async Task What_is_no_tls_fails_as_it_always_did()
    {
        await using var edge = await TestEdge.StartAsync();
        using var socket = await ConnectAsync(edge);
        await socket.GetStream().WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), Cancellation);

        await EndAsync(socket);
    }

    [Fact]
    public async Task Unknown_names_are_refused_with_an_alert_where_the_settings_say_so()
    {
        await using var edge = await TestEdge.StartAsync(
            builder =>
            {
                builder.Configuration["Acme:UnknownHosts"] = "Reject";
                builder.WebHost.UseUrls("https://127.0.0.1:0");
            },
            null,
            Ca.Issue("shop.test"));
        using var socket = await ConnectAsync(edge);
        await socket.GetStream().WriteAsync(HelloBytes.Records(HelloBytes.Message("other.test", ["h2"])), Cancellation);

        var alert = new byte[7];
        await socket.GetStream().ReadExactlyAsync(alert, Cancellation);

        Assert.Equal([21, 3, 3, 0, 2, 2, 112], alert);
        Assert.Equal(0, await EndAsync(socket));
        Assert.True((await TlsClient.VisitAsync(edge.Https, "shop.test", Ca)).IsTrusted);
    }

    [Fact]
    public async Task The_peek_allocates_little()
    {
        var hello = HelloBytes.Records(HelloBytes.Message("shop.test", ["h2", "http/1.1"]));
        var reader = new ClientHelloReader(new ServingLimits(), TimeProvider.System);
        var options = new System.IO.Pipelines.PipeOptions(
            readerScheduler: System.IO.Pipelines.PipeScheduler.Inline, writerScheduler: System.IO.Pipelines.PipeScheduler.Inline, useSynchronizationContext: false);
        var pipe = new System.IO.Pipelines.Pipe(options);
        long allocated = 0;
        for (var i = 0; i < 100; i++)
        {
            // All of it runs on this thread: the read waits for the hello as it does on a socket, and the write continues it.
            var before = GC.GetAllocatedBytesForCurrentThread();
            var reading = reader.ReadAsync(pipe.Reader);
            pipe.Writer.Write(hello);
            var flushed = pipe.Writer.FlushAsync(Cancellation);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            Assert.True(reading.IsCompletedSuccessfully && flushed.IsCompletedSuccessfully);
            Assert.Equal("shop.test", (await reading).Hello.ServerName);
            var read = await pipe.Reader.ReadAsync(Cancellation);
            Assert.Equal(hello.Length, read.Buffer.Length);
            pipe.Reader.AdvanceTo(read.Buffer.End);
        }

        // The name and, in an unoptimised build, one state machine; the rest of the promise's 512 bytes is for the connection's own task.
        Assert.InRange(allocated, 0, 320);
    }

    private static async Task<TestEdge> PendingAsync()
    {
        var edge = await TestEdge.StartAsync(Ca.Issue("shop.test"));
        edge.Answers.Publish(Probes.Pending("shop.test"));
        return edge;
    }

    private static bool IsChallenge(Seen seen) => seen.Leaf.Extensions.Any(extension => extension.Oid!.Value == Probes.AcmeIdentifierOid);

    private static async Task<TcpClient> ConnectAsync(TestEdge edge)
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(edge.Https, Cancellation);
        return socket;
    }

    private static async Task<Seen> SplinteredAsync(TestEdge edge, SslClientAuthenticationOptions options, int record, int segment)
    {
        using var socket = await ConnectAsync(edge);
        await using var stream = new SplinteringStream(socket.GetStream(), record, segment);
        var (seen, tls) = await TlsClient.AuthenticateAsync(stream, options, Ca);
        await tls.DisposeAsync();
        return seen;
    }

    /// <summary>The first flight of a real client.</summary>
    private static async Task<byte[]> CapturedHelloAsync(string alpn)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancellation);
        using var server = await listener.AcceptTcpClientAsync(Cancellation);
        await using var tls = new SslStream(client.GetStream());
        var handshake = tls.AuthenticateAsClientAsync(TlsClient.Options("shop.test", alpn), Cancellation);
        var buffer = new byte[16384];
        var length = await server.GetStream().ReadAsync(buffer, Cancellation);
        server.Close();
        await Assert.ThrowsAnyAsync<Exception>(() => handshake);
        return buffer[..length];
    }

    /// <summary>Reads until the server is done; a reset is an end too.</summary>
    private static async Task<int> EndAsync(TcpClient socket)
    {
        var total = 0;
        try
        {
            var buffer = new byte[1024];
            for (int read; (read = await socket.GetStream().ReadAsync(buffer, Cancellation)) > 0;) total += read;
        }
        catch (IOException)
        {
            // A reset.
        }

        return total;
    }

    private sealed class Elsewhere : IStoredAnswers
    {
        public bool AreElsewhere => true;

        public ValueTask<ChallengeAnswer?> FindHttp01Async(string token, CancellationToken cancellationToken) => default;

        public ValueTask<ChallengeAnswer?> FindTlsAlpn01Async(string serverName, CancellationToken cancellationToken) => new(Probes.Pending(serverName));
    }
}
