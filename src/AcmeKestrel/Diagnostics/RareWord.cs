namespace AcmeKestrel.Diagnostics;

/// <summary>What strangers can have said in the log is said once a minute.</summary>
internal sealed class RareWord(TimeProvider time)
{
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(1);

    private long _saidAt = long.MinValue;

    /// <summary>True for whoever is to say it.</summary>
    public bool IsDue()
    {
        var (last, now) = (Volatile.Read(ref _saidAt), time.GetTimestamp());
        return (last == long.MinValue || time.GetElapsedTime(last, now) >= Between) && Interlocked.CompareExchange(ref _saidAt, now, last) == last;
    }
}
