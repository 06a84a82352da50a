namespace AcmeKestrel.Serving.Finding;

/// <summary>Who uses something: its holder and others. When the last one has gone nobody comes any more.</summary>
internal struct UseCount
{
    /// <summary>The holder's is not counted, so that nothing is to be set up.</summary>
    private int _others;

    public readonly bool IsOver => Volatile.Read(in _others) < 0;

    /// <summary>False: it is over.</summary>
    public bool TryAdd()
    {
        var others = Volatile.Read(ref _others);
        while (others >= 0)
        {
            var before = Interlocked.CompareExchange(ref _others, others + 1, others);
            if (before == others) return true;

            others = before;
        }

        return false;
    }

    /// <summary>Whether that was the last one.</summary>
    public bool Remove() => Interlocked.Decrement(ref _others) < 0;
}
