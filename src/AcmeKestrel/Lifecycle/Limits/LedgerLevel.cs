using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>The content of a record beside a ledger's: what is another value than there, and in levels that are larger. A value: reading it twice is reading it once.</summary>
/// <param name="Of">The whole record that it is beside.</param>
/// <param name="Change">The how manieth write since that one. A level holds all that smaller ones held by then.</param>
internal sealed record LedgerLevel([property: JsonRequired] string Of, [property: JsonRequired] int Change)
{
    /// <summary>Null: it is gone.</summary>
    public ImmutableDictionary<string, DateTimeOffset?> Buckets { get => field ?? ImmutableDictionary<string, DateTimeOffset?>.Empty; init; }

    /// <summary>The same ones by the former clock; null: there is none.</summary>
    public ImmutableDictionary<string, DateTimeOffset?>? Former { get; init; }

    /// <summary>Null: it has ended.</summary>
    public ImmutableDictionary<string, IReadOnlyList<LedgerDebit>?> Reservations { get => field ?? ImmutableDictionary<string, IReadOnlyList<LedgerDebit>?>.Empty; init; }

    public CircuitState? Circuit { get; init; }

    public ChallengeHint? Challenge { get; init; }

    public DateTimeOffset? At { get; init; }

    public static LedgerLevel From(LedgerState state, LedgerChanges changes, string of, int change) => new(of, change)
    {
        Buckets = changes.Buckets.ToImmutableDictionary(bucket => bucket, bucket => Find(state.Buckets, bucket)),
        Former = state.Former is { } former ? changes.Buckets.ToImmutableDictionary(bucket => bucket, bucket => Find(former.Buckets, bucket)) : null,
        Reservations = changes.Reservations.ToImmutableDictionary(tag => tag, tag => state.Reservations.GetValueOrDefault(tag)),
        Circuit = state.Circuit,
        Challenge = state.Challenge,
        At = state.At,
    };

    /// <summary>What the whole record and its levels say together.</summary>
    /// <param name="levels">Those that are there, the largest first.</param>
    public static LedgerState Read(LedgerState whole, IEnumerable<LedgerLevel> levels)
    {
        var (state, change) = (whole with { Levels = null }, 0);
        foreach (var level in levels)
        {
            // A smaller level that was written before a larger one is part of that.
            if (level.Of == whole.Levels?.Of && level.Change > change) (state, change) = (level.Over(state), level.Change);
        }

        return state;
    }

    private LedgerState Over(LedgerState state) => state with
    {
        Buckets = Set(state.Buckets, Buckets),
        Former = state.Former is { } former && Former is not null ? former with { Buckets = Set(former.Buckets, Former) } : state.Former,
        Reservations = state.Reservations.RemoveRange(Reservations.Keys).SetItems(Reservations.Where(reserved => reserved.Value is not null)!),
        Circuit = Circuit,
        Challenge = Challenge,
        At = At,
    };

    private static DateTimeOffset? Find(ImmutableDictionary<string, DateTimeOffset> buckets, string bucket) => buckets.TryGetValue(bucket, out var full) ? full : null;

    private static ImmutableDictionary<string, DateTimeOffset> Set(ImmutableDictionary<string, DateTimeOffset> buckets, ImmutableDictionary<string, DateTimeOffset?> changed) =>
        buckets.RemoveRange(changed.Keys).SetItems(changed.Where(bucket => bucket.Value is not null).Select(bucket => KeyValuePair.Create(bucket.Key, bucket.Value!.Value)));
}
