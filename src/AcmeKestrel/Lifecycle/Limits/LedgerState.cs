using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>
/// What was spent of a CA's limits, and how the CA itself is doing: the content of a ledger record. A token bucket is one moment (the "theoretical arrival time"
/// of the cell rate algorithm): when it would be full again. A value: what a plan was made with does not change under it.
/// </summary>
internal sealed record LedgerState
{
    /// <summary>The longest window in which what a lost state spent is still counted by a CA as orders of the account.</summary>
    private static readonly TimeSpan Youth = TimeSpan.FromHours(3);

    public static LedgerState Empty { get; } = new();

    public ImmutableDictionary<string, DateTimeOffset> Buckets { get => field ?? ImmutableDictionary<string, DateTimeOffset>.Empty; init; }

    /// <summary>Debits that may still be credited, by what they were for: asking again for the same costs nothing more.</summary>
    public ImmutableDictionary<string, IReadOnlyList<LedgerDebit>> Reservations { get => field ?? ImmutableDictionary<string, IReadOnlyList<LedgerDebit>>.Empty; init; }

    /// <summary>When the first order at this CA was thought of; null: a record of an earlier version.</summary>
    public DateTimeOffset? Since { get; init; }

    public CircuitState? Circuit { get; init; }

    /// <summary>Which challenge type a new name is tried with first; null: as it is wished.</summary>
    public ChallengeHint? Challenge { get; init; }

    /// <summary>The clock when it was written last; null: a record of an earlier version.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>What the clock was set back from; null: it was not.</summary>
    public FormerBuckets? Former { get; init; }

    /// <summary>On record: what is beside it; null: nothing, as in a record of an earlier version.</summary>
    public LedgerLevels? Levels { get; init; }

    /// <summary>What is not as it was when somebody took these last.</summary>
    [JsonIgnore]
    public LedgerChanges Changes { get => field ?? LedgerChanges.None; init; }

    /// <summary>It is so young that it may be the successor of one that was lost.</summary>
    public bool IsFresh(DateTimeOffset now) => Since is { } since && (now - since).Duration() < Youth;

    /// <summary>Null when all of it can be taken now.</summary>
    public LedgerRefusal? RefusalOf(IEnumerable<LedgerCost> costs, DateTimeOffset now)
    {
        LedgerRefusal? worst = null;
        foreach (var cost in costs)
        {
            var free = FreeAt(cost);
            if (free > now && (worst is null || free > worst.Until)) worst = new LedgerRefusal(Describe(cost), free, cost.IsShared ? cost.Bucket : null);
        }

        return worst;
    }

    public LedgerState Debit(IReadOnlyCollection<LedgerCost> costs, DateTimeOffset now) => Changed((buckets, at) => Debited(buckets, costs, at), Changes.WithBuckets(costs.Select(cost => cost.Bucket)), now);

    /// <summary>Takes the costs in the name of <paramref name="tag"/>, under which they can be credited.</summary>
    public LedgerState Reserve(string tag, IReadOnlyList<LedgerCost> costs, DateTimeOffset now)
    {
        var debited = Debit(costs, now);
        return debited with { Reservations = Reservations.SetItem(tag, [.. costs.Select(cost => new LedgerDebit(cost.Bucket, cost.Amount))]), Changes = debited.Changes.WithReservation(tag) };
    }

    /// <summary>Ends a reservation; what was not spent is credited.</summary>
    public LedgerState Settle(string tag, bool spent, DateTimeOffset now)
    {
        if (!Reservations.TryGetValue(tag, out var debits)) return this;

        var settled = this with { Reservations = Reservations.Remove(tag), Changes = Changes.WithReservation(tag) };
        return spent ? settled : settled.Credit(debits, now);
    }

    /// <summary>What was spent by the one account is the other one's as well.</summary>
    public LedgerState Copied(AccountName from, AccountName to, DateTimeOffset now) => Changed((buckets, _) => Moved(buckets, from, to, isKept: true), LedgerChanges.All, now);

    /// <summary>What was spent by the one account is the other one's.</summary>
    public LedgerState Moved(AccountName from, AccountName to, DateTimeOffset now)
    {
        var moved = Changed((buckets, _) => Moved(buckets, from, to, isKept: false), LedgerChanges.All, now);
        return moved with { Reservations = moved.Reservations.ToImmutableDictionary(reserved => reserved.Key, IReadOnlyList<LedgerDebit> (reserved) => [.. reserved.Value.Select(debit => debit with { Bucket = LedgerCosts.Moved(debit.Bucket, from, to) })]) };
    }

    /// <summary>A name was validated with this type, or failed to be.</summary>
    public LedgerState Learned(string challenge, bool worked, DateTimeOffset now)
    {
        if (worked) return ChallengeHint.Worked(Challenge, challenge, now) is var hint && hint != Challenge ? this with { Challenge = hint } : this;
        return Challenge?.Type == challenge ? this with { Challenge = null } : this;
    }

    /// <summary>Reservations whose order is gone (a kill came between the two) cannot be credited any more; their debits stay.</summary>
    /// <param name="isOpen">Whether the order with this tag is in flight.</param>
    public LedgerState WithoutReservations(Func<string, bool> isOpen) => this with { Reservations = Reservations.RemoveRange(Reservations.Keys.Where(tag => !isOpen(tag))), Changes = LedgerChanges.All };

    /// <summary>
    /// As it counts by the present clock. Where that went back no bucket owes more than its window, and what they were is kept, and goes on by the former clock: if it is the present one that is wrong, they count again when it
    /// is set, which is when it leaps towards the former one. After the longest window by the present clock all of it is over, whichever was wrong.
    /// </summary>
    /// <param name="seen">The clock at the last look; null: nobody knows.</param>
    public LedgerState By(ProviderLimits limits, DateTimeOffset? seen, DateTimeOffset now)
    {
        if (seen is { } before && AnotherClock.Noted(before, now, AnotherClock.Jitter))
        {
            var former = Former is null ? new FormerBuckets(before, now, Buckets) : new FormerBuckets(Max(before, Former.By(before)), now, Latest(Former.Buckets, Buckets));
            return Corrected(limits, now) with { Former = former, Changes = LedgerChanges.All };
        }

        if (Former is null) return this;
        if (seen is { } last ? now - last >= (Former.By(last) - last) / 2 : now >= Former.At) return (this with { Buckets = Latest(Former.Buckets, Buckets), Former = null, Changes = LedgerChanges.All }).Corrected(limits, now);
        return now - Former.Since > Waits.LongestAsked ? this with { Former = null, Changes = LedgerChanges.All } : this;
    }

    /// <summary>
    /// What was spent while the clock was ahead would be owed until the clock is there again: a whole window is the most that can be owed. Whoever sees the clock go back
    /// has it corrected; clamped at each look, such a bucket would never be free again.
    /// </summary>
    public LedgerState Corrected(ProviderLimits limits, DateTimeOffset now)
    {
        var ahead = Buckets.Where(bucket => LedgerCosts.LimitOf(limits, bucket.Key) is { } limit && bucket.Value - now > limit.Window).ToList();
        return ahead.Count == 0 ? this : this with { Buckets = Buckets.SetItems(ahead.Select(bucket => KeyValuePair.Create(bucket.Key, now + LedgerCosts.LimitOf(limits, bucket.Key)!.Window))), Changes = LedgerChanges.All };
    }

    /// <summary>Buckets that are full again say nothing, unless the clock is ahead: they stay for a window more, for it may be set back.</summary>
    public LedgerState Pruned(ProviderLimits limits, DateTimeOffset now) =>
        Changed((buckets, at) => buckets.RemoveRange(buckets.Where(bucket => bucket.Value + (LedgerCosts.LimitOf(limits, bucket.Key)?.Window ?? TimeSpan.Zero) <= at).Select(bucket => bucket.Key)), LedgerChanges.All, now);

    private LedgerState Credit(IReadOnlyList<LedgerDebit> debits, DateTimeOffset now) => Changed((buckets, at) => Credited(buckets, debits, at), Changes.WithBuckets(debits.Select(debit => debit.Bucket)), now);

    /// <summary>By either clock, where nobody knows which is right.</summary>
    private LedgerState Changed(Func<ImmutableDictionary<string, DateTimeOffset>, DateTimeOffset, ImmutableDictionary<string, DateTimeOffset>> change, LedgerChanges changes, DateTimeOffset now) =>
        this with { Changes = changes, Buckets = change(Buckets, now), Former = Former is null ? null : Former with { Buckets = change(Former.Buckets, Former.By(now)) } };

    private static ImmutableDictionary<string, DateTimeOffset> Debited(ImmutableDictionary<string, DateTimeOffset> buckets, IReadOnlyCollection<LedgerCost> costs, DateTimeOffset now)
    {
        var debited = buckets.ToBuilder();
        foreach (var cost in costs) debited[cost.Bucket] = Max(debited.GetValueOrDefault(cost.Bucket), now) + cost.Amount;
        return debited.ToImmutable();
    }

    /// <summary>Where either has one it is what owes more.</summary>
    private static ImmutableDictionary<string, DateTimeOffset> Moved(ImmutableDictionary<string, DateTimeOffset> buckets, AccountName from, AccountName to, bool isKept)
    {
        var moved = buckets.ToBuilder();
        foreach (var (bucket, full) in buckets)
        {
            var name = LedgerCosts.Moved(bucket, from, to);
            if (name == bucket) continue;

            if (!isKept) moved.Remove(bucket);
            moved[name] = Max(moved.GetValueOrDefault(name), full);
        }

        return moved.ToImmutable();
    }

    /// <summary>Most debits are credited within moments: what owes nothing then takes no place.</summary>
    private static ImmutableDictionary<string, DateTimeOffset> Credited(ImmutableDictionary<string, DateTimeOffset> buckets, IReadOnlyList<LedgerDebit> debits, DateTimeOffset now)
    {
        var credited = buckets.ToBuilder();
        foreach (var (bucket, amount) in debits)
        {
            if (!credited.TryGetValue(bucket, out var full)) continue;
            if (full - amount > now) credited[bucket] = full - amount;
            else credited.Remove(bucket);
        }

        return credited.ToImmutable();
    }

    /// <summary>Of each bucket the one that owes more.</summary>
    private static ImmutableDictionary<string, DateTimeOffset> Latest(ImmutableDictionary<string, DateTimeOffset> former, ImmutableDictionary<string, DateTimeOffset> present) =>
        ReferenceEquals(former, present) ? present : former.SetItems(present.Where(bucket => !(former.TryGetValue(bucket.Key, out var full) && full > bucket.Value)));

    private DateTimeOffset FreeAt(LedgerCost cost) =>
        Buckets.TryGetValue(cost.Bucket, out var full) ? full + (cost.Amount * (1 + cost.Kept)) - cost.Limit.Window : DateTimeOffset.MinValue;

    private static string Describe(LedgerCost cost)
    {
        var limit = $"{cost.Limit.Count} in {Describe(cost.Limit.Window)}";
        if (cost.Bucket == "first") return $"this state has no word of earlier orders at the CA, which may have been many, and begins with {limit}";
        return cost.Kept == 0
            ? $"the CA's limit of {limit} is used up ({cost.Bucket.Replace('|', ' ')})"
            : $"the CA's limit of {limit} is used up but for what is kept for certificates close to their end ({cost.Bucket.Replace('|', ' ')})";
    }

    private static string Describe(TimeSpan window) => window.TotalDays >= 1 ? $"{window.TotalDays:0.#} days" : $"{window.TotalHours:0.##} hours";

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
