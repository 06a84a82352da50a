using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>The client's own transport over real TLS, against a server that looks at the bytes.</summary>
public sealed class CaHandlerTests : IAsyncDisposable
{
    private readonly X509Certificate2 _root = Root("CN=a private CA");
    private readonly ConcurrentQueue<string> _seen = new();
    private WebApplication? _server;
    private string _base = "";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http1AndHttp2)]
    public async Task A_signed_request_arrives_byte_by_byte_as_it_was_signed(HttpProtocols protocols)
    {
        await StartAsync(_root, protocols);
        using var client = Client(_root);
        using var key = AcmeAccountKey.Create();
        var account = client.OpenAccount(key, _base + "/acct/1");

        await account.GetOrderAsync(_base + "/order/a/../%7Ex?y=%2f", Ct);

        var version = protocols is HttpProtocols.Http1 ? "HTTP/1.1" : "HTTP/2";
        Assert.Equal($"{version} POST /order/a/../%7Ex?y=%2f application/jose+json length=True", _seen.Last());
    }

    [Fact]
    public async Task Many_requests_at_once_all_find_the_private_root()
    {
        await StartAsync(_root, HttpProtocols.Http1);
        using var client = Client(_root);
        using var key = AcmeAccountKey.Create();
        var account = client.OpenAccount(key, _base + "/acct/1");

        var orders = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => account.GetOrderAsync($"{_base}/order/{i}", Ct)));

        Assert.Equal(100, orders.Length);
    }

    [Fact]
    public async Task A_CA_under_another_root_is_not_talked_to()
    {
        await StartAsync(_root, HttpProtocols.Http1);
        using var stranger = Root("CN=a private CA");
        using var other = Client(stranger);
        using var system = Client(null);

        foreach (var client in (AcmeClient[])[other, system])
        {
            var fault = await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(Ct));
            Assert.Equal(AcmeFault.Connection, fault.Fault);
            Assert.Contains("certificate", fault.Message, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Empty(_seen);
    }

    [Fact]
    public async Task A_CA_under_another_name_is_not_talked_to()
    {
        await StartAsync(_root, HttpProtocols.Http1, san => san.AddDnsName("elsewhere.test"));
        using var client = Client(_root);

        Assert.Equal(AcmeFault.Connection, (await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(Ct))).Fault);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http1AndHttp2)]
    public async Task A_redirect_and_a_body_without_end_are_protocol_faults(HttpProtocols protocols)
    {
        await StartAsync(_root, protocols);
        using var client = Client(_root);
        using var key = AcmeAccountKey.Create();
        var account = client.OpenAccount(key, _base + "/acct/1");

        Assert.Equal(AcmeFault.Protocol, (await Assert.ThrowsAsync<AcmeException>(() => account.GetOrderAsync(_base + "/redirect", Ct))).Fault);
        Assert.Equal(AcmeFault.Protocol, (await Assert.ThrowsAsync<AcmeException>(() => account.DownloadAsync(_base + "/endless", Ct))).Fault);
        await account.GetOrderAsync(_base + "/order/1", Ct);
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_a_connection_fault()
    {
        await StartAsync(_root, HttpProtocols.Http1);
        await _server!.StopAsync(Ct);
        using var client = Client(_root);

        Assert.Equal(AcmeFault.Connection, (await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(Ct))).Fault);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _root.Dispose();
    }

    private AcmeClient Client(X509Certificate2? root) => new(new AcmeClientOptions { DirectoryUrl = _base + "/dir", TrustedRoots = root is null ? null : [root] });

    private async Task StartAsync(X509Certificate2 root, HttpProtocols protocols, Action<SubjectAlternativeNameBuilder>? names = null)
    {
        var leaf = Leaf(root, names ?? (san => san.AddIpAddress(IPAddress.Loopback)));
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = protocols;
            listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = leaf });
        }));
        _server = builder.Build();
        _server.Run(AnswerAsync);
        await _server.StartAsync(Ct);
        _base = _server.Urls.Single();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        _seen.Enqueue($"{request.Protocol} {request.Method} {target} {request.ContentType} length={request.ContentLength > 0}");
        context.Response.Headers["Replay-Nonce"] = Guid.NewGuid().ToString("N");
        switch (target)
        {
            case "/dir":
                await context.Response.WriteAsync($$"""{"newNonce":"{{_base}}/nonce","newAccount":"{{_base}}/a","newOrder":"{{_base}}/o"}""");
                break;
            case "/redirect":
                context.Response.Redirect("/order/1", permanent: false, preserveMethod: true);
                break;
            case "/endless":
                var chunk = new byte[16 * 1024];
                while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
                break;
            case var _ when request.Method == "POST":
                await context.Response.WriteAsync($$"""{"status":"pending","authorizations":[],"finalize":"{{_base}}/f"}""");
                break;
        }
    }

    private static X509Certificate2 Root(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Leaf(X509Certificate2 root, Action<SubjectAlternativeNameBuilder> names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        var san = new SubjectAlternativeNameBuilder();
        names(san);
        request.CertificateExtensions.Add(san.Build());
        using var leaf = request.Create(root, root.NotBefore, root.NotAfter, [1, 2, 3]);
        return leaf.CopyWithPrivateKey(key);
    }
}
