namespace AcmeKestrel.Tests.Dns;

/// <summary>A service that takes every request and never answers.</summary>
internal sealed class Silence : HttpMessageHandler
{
    private readonly TaskCompletionSource<string> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The path that was asked first.</summary>
    public Task<string> Asked => _asked.Task;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        _asked.TrySetResult(request.RequestUri!.AbsolutePath);
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new InvalidOperationException("It never does.");
    }
}
