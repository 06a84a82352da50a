using System.Collections.Immutable;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>Which buckets and reservations of a ledger are others than they were: what is to be written. A value.</summary>
internal sealed record LedgerChanges
{
    public static LedgerChanges None { get; } = new();

    /// <summary>Whatever there is: a clock was set back, or an account has another name.</summary>
    public static LedgerChanges All { get; } = new() { IsAll = true };

    public bool IsAll { get; private init; }

    public ImmutableHashSet<string> Buckets { get; private init; } = [];

    /// <summary>By their tags.</summary>
    public ImmutableHashSet<string> Reservations { get; private init; } = [];

    public int Count => Buckets.Count + Reservations.Count;

    public LedgerChanges WithBuckets(IEnumerable<string> buckets) => IsAll ? this : this with { Buckets = Buckets.Union(buckets) };

    public LedgerChanges WithReservation(string tag) => IsAll ? this : this with { Reservations = Reservations.Add(tag) };

    public LedgerChanges With(LedgerChanges others) => IsAll || others.IsAll ? All : new LedgerChanges { Buckets = Union(Buckets, others.Buckets), Reservations = Union(Reservations, others.Reservations) };

    /// <summary>It costs as much as the smaller one holds.</summary>
    private static ImmutableHashSet<string> Union(ImmutableHashSet<string> one, ImmutableHashSet<string> other) => one.Count < other.Count ? other.Union(one) : one.Union(other);
}
