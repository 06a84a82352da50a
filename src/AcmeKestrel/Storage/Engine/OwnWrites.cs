namespace AcmeKestrel.Storage.Engine;

/// <summary>
/// The last changes that this process made and the engine acknowledged, and how often the engine was found to have lost what it had acknowledged. A reader of the feed who stands before one of them must come upon it: several are kept,
/// since after a loss this process may write more before anybody looks. Cursors carry the number, so each reader of this process is told of each loss, whoever found it.
/// </summary>
/// <typeparam name="T">What tells a change from all others.</typeparam>
internal sealed class OwnWrites<T>
    where T : struct
{
    /// <summary>An engine takes some seconds for so many of one process.</summary>
    private const int Most = 1000;

    private readonly Lock _gate = new();
    private readonly Queue<T> _last = new();
    private int _losses;

    /// <summary>It was acknowledged.</summary>
    public void Note(T change)
    {
        lock (_gate)
        {
            _last.Enqueue(change);
            if (_last.Count > Most) _last.Dequeue();
        }
    }

    /// <summary>The losses so far, and what was acknowledged until now. To be taken before the engine is asked.</summary>
    public (int Losses, IReadOnlyList<T> Own) Look(Func<T, bool> wanted)
    {
        lock (_gate) return (_losses, [.. _last.Where(wanted)]);
    }

    /// <summary>Something of it is gone. It is one loss, however many find it.</summary>
    /// <param name="known">The losses that were known to who found it.</param>
    public void Lose(int known)
    {
        lock (_gate)
        {
            if (known != _losses) return;

            _losses++;
            _last.Clear();
        }
    }
}
