namespace AcmeKestrel.Protocol;

/// <summary>Keeps the directory for an hour; endpoints may move (RFC 8555 section 7.1.1). One fetch at a time; a failed one is not remembered.</summary>
internal sealed class DirectoryCache(Func<CancellationToken, Task<AcmeDirectory>> fetch, TimeProvider time) : IDisposable
{
    internal static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim _fetching = new(1);
    private volatile Entry? _entry;

    public async ValueTask<AcmeDirectory> GetAsync(CancellationToken cancellationToken)
    {
        if (Fresh() is { } known) return known;

        await _fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Fresh() is { } fetched) return fetched;

            var directory = await fetch(cancellationToken).ConfigureAwait(false);
            _entry = new(directory, time.GetTimestamp());
            return directory;
        }
        finally
        {
            _fetching.Release();
        }
    }

    /// <summary>Something in it no longer answers.</summary>
    public void Forget() => _entry = null;

    public void Dispose() => _fetching.Dispose();

    private AcmeDirectory? Fresh() => _entry is { } entry && time.GetElapsedTime(entry.Fetched) < MaxAge ? entry.Directory : null;

    private sealed record Entry(AcmeDirectory Directory, long Fetched);
}
