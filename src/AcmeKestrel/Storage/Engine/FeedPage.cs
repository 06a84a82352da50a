namespace AcmeKestrel.Storage.Engine;

/// <summary>A part of an engine's feed, in its order, that begins where a reader stands or, if that is no longer kept, at the oldest change.</summary>
/// <typeparam name="T">A change: compared by its place in the feed, and equal only to itself.</typeparam>
internal readonly struct FeedPage<T>(IReadOnlyList<T> changes, bool isCut)
    where T : struct, IComparable<T>, IEquatable<T>
{
    /// <summary>A change that was acknowledged is gone: the page reaches from before its place to behind it, and does not have it. One that is too old to be kept is not lost.</summary>
    public bool Lacks(T change)
    {
        if (changes is not [var first, ..]) return true;
        if (change.CompareTo(first) < 0) return false;
        if (isCut && change.CompareTo(changes[^1]) > 0) return false;
        return !changes.Contains(change);
    }
}
