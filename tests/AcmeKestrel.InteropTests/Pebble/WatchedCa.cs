using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.InteropTests.Edge;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AcmeKestrel.InteropTests.Pebble;

/// <summary>Stands in front of a Pebble, counts what passes, and can hold one request: before the CA sees it, or before the client sees the answer.</summary>
internal sealed class WatchedCa : IAsyncDisposable
{
    private static readonly string[] PassedOn = ["Replay-Nonce", "Location", "Link", "Retry-After", "Content-Type"];

    private readonly PebbleServer _pebble;
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client;
    private readonly ConcurrentQueue<Passed> _passed = new();
    private readonly int _port = FreePort.Next();
    private X509Certificate2 _certificate;
    private WebApplication _server;
    private Barrier? _barrier;

    private WatchedCa(PebbleServer pebble)
    {
        _pebble = pebble;
        _client = new HttpClient(PebbleServer.TrustingOnly(pebble.TrustedRootsFile));
        (_certificate, _server) = Build();
    }

    public string TrustedRootsFile => _folder.In("root.pem");

    /// <summary>Pebble builds its URLs from the <c>Host</c> it is asked with, so all of them lead here.</summary>
    public string DirectoryUrl => $"https://localhost:{_port}/dir";

    public static async Task<WatchedCa> StartAsync(PebbleServer pebble, CancellationToken cancellationToken)
    {
        var watched = new WatchedCa(pebble);
        await watched._server.StartAsync(cancellationToken);
        return watched;
    }

    /// <summary>The same CA with another certificate of its own, below another root, which is in the file by then. Its connections end.</summary>
    public async Task RotateAsync(CancellationToken cancellationToken)
    {
        await _server.DisposeAsync();
        _certificate.Dispose();
        (_certificate, _server) = Build();
        await _server.StartAsync(cancellationToken);
    }

    /// <summary>Every connection breaks, as of a CA that is not there.</summary>
    public bool IsDown { get; set; }

    /// <summary>It goes down with the answer to the next order.</summary>
    public bool GoesDownAtAnOrder { get; set; }

    /// <summary>How many requests to this endpoint the CA answered with this status.</summary>
    public int Count(string endpoint, int status) => _passed.Count(passed => passed.Endpoint == endpoint && passed.Status == status);

    /// <summary>How many requests there were to this endpoint, whatever became of them.</summary>
    public int Count(string endpoint) => _passed.Count(passed => passed.Endpoint == endpoint);

    /// <summary>How many requests there were at all.</summary>
    public int Total => _passed.Count;

    /// <summary>Holds the next request to this endpoint; completes when it is there. A client that is killed then never gets on.</summary>
    public Task HoldAtAsync(string endpoint, bool afterTheCa)
    {
        var barrier = new Barrier(endpoint, afterTheCa, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _barrier = barrier;
        return barrier.Reached.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _client.Dispose();
        _certificate.Dispose();
        _folder.Dispose();
    }

    private (X509Certificate2 Certificate, WebApplication Server) Build()
    {
        TlsIdentity.Write(_folder.Path);
        var certificate = X509Certificate2.CreateFromPemFile(_folder.In("tls.pem"), _folder.In("tls.key"));
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, _port, endpoint => endpoint.UseHttps(certificate)));
        var server = builder.Build();
        server.Run(PassAsync);
        return (certificate, server);
    }

    private async Task PassAsync(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var endpoint = target.Split('/')[1];
        if (IsDown)
        {
            context.Abort();
            return;
        }

        if (_barrier is { AfterTheCa: false } before && before.Endpoint == endpoint)
        {
            await HoldAsync(before, context);
            return;
        }

        using var answer = await AskAsync(context, target);
        var body = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted);
        _passed.Enqueue(new Passed(endpoint, (int)answer.StatusCode));
        IsDown |= GoesDownAtAnOrder && endpoint == "order-plz" && answer.IsSuccessStatusCode;

        // A rejected nonce is no answer to the request: it will come again.
        if (_barrier is { AfterTheCa: true } after && after.Endpoint == endpoint && answer.IsSuccessStatusCode)
        {
            await HoldAsync(after, context);
            return;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var name in PassedOn)
        {
            if (answer.Headers.TryGetValues(name, out var values) || answer.Content.Headers.TryGetValues(name, out values)) context.Response.Headers[name] = values.ToArray();
        }

        if (body.Length > 0) await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private async Task<HttpResponseMessage> AskAsync(HttpContext context, string target)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var port = new Uri(_pebble.DirectoryUrl).Port;
        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), $"https://localhost:{port}{target}");
        request.Headers.Host = context.Request.Host.Value;
        request.Headers.TryAddWithoutValidation("User-Agent", context.Request.Headers.UserAgent.ToString());
        if (context.Request.ContentType is { } type)
        {
            request.Content = new ByteArrayContent(body.ToArray());
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return await _client.SendAsync(request, context.RequestAborted);
    }

    /// <summary>Until the client is gone.</summary>
    private async Task HoldAsync(Barrier barrier, HttpContext context)
    {
        _barrier = null;
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = context.RequestAborted.Register(gone.SetResult);
        barrier.Reached.SetResult();
        await gone.Task;
    }

    private sealed record Passed(string Endpoint, int Status);

    private sealed record Barrier(string Endpoint, bool AfterTheCa, TaskCompletionSource Reached);
}
