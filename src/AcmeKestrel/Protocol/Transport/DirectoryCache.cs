namespace AcmeKestrel.Protocol.Transport;

/// <summary>Keeps the directory for an hour; endpoints may move (RFC 8555 section 7.1.1). One fetch at a time; a failed one is not remembered.</summary>
internal sealed class DirectoryCache(Func<CancellationToken, Task<AcmeDirectory>> fetch, TimeProvider time) : IDisposable
{
    internal static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _fetching = new(1);
    private volatile Entry? _entry;
    private volatile AcmeException? _lastFailure;

    public async ValueTask<AcmeDirectory> GetAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } known) return known;

        var knownFailure = _lastFailure;
        await _fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Fresh() is { } fetched) return fetched;

            // Who waited for a fetch that failed shares its failure: two hundred orders must not ask a dead CA one after the other.
            if (_lastFailure is { } failure && failure != knownFailure)
            {
                throw new AcmeException(failure.Fault, failure.Message, failure.Problem, failure.StatusCode, failure.RetryAfter, failure);
            }

            return await FetchAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _fetching.Release();
        }
    }

    /// <summary>Something in it no longer answers.</summary>
    public void Forget() => _entry = null;

    public void Dispose() => _fetching.Dispose();

    private async Task<AcmeDirectory> FetchAsync(CancellationToken cancellationToken)
    {
        try
        {
            var directory = await fetch(cancellationToken).ConfigureAwait(false);
            _entry = new(directory, time.GetTimestamp());
            return directory;
        }
        catch (AcmeException failed)
        {
            _lastFailure = failed;
            throw;
        }
    }

    private AcmeDirectory? Fresh() => _entry is { } entry && time.GetElapsedTime(entry.Fetched) < MaxAge ? entry.Directory : null;

    private sealed record Entry(AcmeDirectory Directory, long Fetched);
}
