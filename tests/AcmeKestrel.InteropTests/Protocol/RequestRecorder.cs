using System.Collections.Concurrent;
using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>A transport to a Pebble that notes each request and how it was answered.</summary>
internal sealed class RequestRecorder(PebbleServer pebble) : DelegatingHandler(PebbleServer.TrustingOnly(pebble.TrustedRootsFile))
{
    private readonly ConcurrentQueue<(string Path, int Status)> _seen = new();

    /// <summary>Method, path and status of each.</summary>
    public IReadOnlyList<(string Path, int Status)> Seen => [.. _seen];

    /// <summary>The statuses of the POSTs below this path, in their order.</summary>
    public IReadOnlyList<int> Statuses(string path) => [.. _seen.Where(request => request.Path.StartsWith(path, StringComparison.Ordinal)).Select(request => request.Status)];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        _seen.Enqueue((request.RequestUri!.AbsolutePath, (int)response.StatusCode));
        return response;
    }
}
