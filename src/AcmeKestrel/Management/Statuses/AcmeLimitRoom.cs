namespace AcmeKestrel;

/// <summary>What is left of one of a CA's limits, by this application's own count. Members may be added in minor versions; the constructor is there for tests of your own.</summary>
public sealed class AcmeLimitRoom
{
    /// <summary>What is left of a limit.</summary>
    public AcmeLimitRoom(string limit, int left, int count)
    {
        ArgumentNullException.ThrowIfNull(limit);
        (Limit, Left, Count) = (limit, left, count);
    }

    /// <summary>
    /// Which: <c>accounts</c>, <c>orders</c> (of the certificate's account), <c>failed</c> (validations of the one of its names that has the least left), <c>set</c> (certificates for exactly its names), <c>domain</c>
    /// (certificates of the one of its registered domains that has the least left). Others may be added.
    /// </summary>
    public string Limit { get; }

    /// <summary>How many requests, or failures, are left now; it grows by itself.</summary>
    public int Left { get; }

    /// <summary>How many there are at most.</summary>
    public int Count { get; }

    /// <summary>The limit and what is left of it.</summary>
    public override string ToString() => FormattableString.Invariant($"{Limit}: {Left} of {Count}");
}
