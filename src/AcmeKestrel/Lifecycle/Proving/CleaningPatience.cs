namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>How long removals may take: as long as they like, until the process stops.</summary>
internal sealed class CleaningPatience(TimeProvider time) : IDisposable
{
    /// <summary>For a server, which the next one goes on for; and how long a command waits for the next success.</summary>
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(5);

    /// <summary>For a command, while there is progress: a host stops for half a minute at most.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private readonly Lock _gate = new();

    private readonly CancellationTokenSource _over = new(Timeout.InfiniteTimeSpan, time);

    private DateTimeOffset? _end;

    public CancellationToken Over => _over.Token;

    /// <param name="isCommand">What it leaves is left until somebody calls the next.</param>
    public void Stop(bool isCommand)
    {
        lock (_gate)
        {
            _end = time.GetUtcNow() + (isCommand ? Longest : Brief);
            _over.CancelAfter(Brief);
        }
    }

    /// <summary>One more was removed, or need not be.</summary>
    public void GoOn()
    {
        lock (_gate)
        {
            if (_end - time.GetUtcNow() is { } left && left > TimeSpan.Zero) _over.CancelAfter(left < Brief ? left : Brief);
        }
    }

    public void Dispose() => _over.Dispose();
}
