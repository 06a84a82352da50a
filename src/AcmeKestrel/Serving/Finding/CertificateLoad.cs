namespace AcmeKestrel.Serving.Finding;

/// <summary>One certificate on its way to TLS, for all that wait for it. Each network that asks stands in its own line; whose turn comes first begins.</summary>
internal sealed class CertificateLoad : IDisposable
{
    private readonly CancellationTokenSource _patience;
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _hasBegun;

    public CertificateLoad(ServedCertificate certificate, TimeSpan deadline, TimeProvider time)
    {
        Certificate = certificate;
        _patience = new CancellationTokenSource(deadline, time);
        Patience = _patience.Token;
    }

    public ServedCertificate Certificate { get; }

    /// <summary>Those that stand in line for it.</summary>
    public HashSet<string> Networks { get; } = new(StringComparer.Ordinal);

    /// <summary>For those that wait: ends when nobody waits any longer, and when it is over.</summary>
    public CancellationToken Patience { get; }

    public Task Result => _end.Task;

    /// <summary>Once.</summary>
    public bool TryBegin() => Interlocked.Exchange(ref _hasBegun, 1) == 0;

    public void End(Exception? failure)
    {
        if (failure is null) _end.SetResult();
        else _end.SetException(failure);
        _patience.Cancel();
    }

    public void Dispose() => _patience.Dispose();
}
