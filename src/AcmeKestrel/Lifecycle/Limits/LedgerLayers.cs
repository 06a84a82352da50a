using System.Collections.Immutable;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>
/// Which of a ledger's records holds what: the whole, and levels with what changed since, each with room for sixteen times as much as the one before. A change is written into the smallest level, with what that holds; where that
/// has no room, into the next one with both, and at last the whole is written anew. So of N changes each costs a logarithm of N on average, and each write is one record. A value.
/// </summary>
/// <param name="Whole">Which one the levels are beside; null: whatever is written next is a whole record.</param>
/// <param name="Change">Writes since.</param>
/// <param name="Levels">What each holds, the smallest first.</param>
internal sealed record LedgerLayers(string? Whole, int Change, ImmutableArray<LedgerChanges> Levels)
{
    /// <summary>More than any ledger has.</summary>
    public const int Most = 9;

    private const int Smallest = 64;
    private const int Ratio = 16;

    /// <summary>Who begins does not know what is in the levels, and writes a whole record first. So what is in levels is all of one session, however states were copied, mixed or restored.</summary>
    public static LedgerLayers None { get; } = new(null, 0, []);

    /// <summary>A whole record was written. One that is hardly larger than the smallest level has none, and is always written whole.</summary>
    public static LedgerLayers Over(LedgerState state, string whole)
    {
        var count = Enumerable.Range(0, Most).TakeWhile(level => RoomOf(level) < state.Buckets.Count + state.Reservations.Count).Count();
        return new LedgerLayers(whole, 0, [.. Enumerable.Repeat(LedgerChanges.None, count)]);
    }

    /// <summary>The level that the changes go to, and all that it is to hold; null: the whole is due.</summary>
    public (int Level, LedgerChanges Changes)? RoomFor(LedgerChanges changes)
    {
        if (changes.IsAll) return null;

        for (var level = 0; level < Levels.Length; level++)
        {
            changes = Levels[level].With(changes);
            if (changes.Count <= RoomOf(level)) return (level, changes);
        }

        return null;
    }

    /// <summary>This level was written, and holds what smaller ones held.</summary>
    public LedgerLayers With(int level, LedgerChanges changes) => this with { Change = Change + 1, Levels = [.. Enumerable.Repeat(LedgerChanges.None, level), changes, .. Levels[(level + 1)..]] };

    private static double RoomOf(int level) => Smallest * Math.Pow(Ratio, level);
}
