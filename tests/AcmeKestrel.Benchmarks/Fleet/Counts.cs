using System.Collections.Immutable;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>How often something was asked for, by what it was.</summary>
internal sealed record Counts(ImmutableSortedDictionary<string, double> ByKind)
{
    public double Total => ByKind.Values.Sum();

    public static Counts Of(IEnumerable<KeyValuePair<string, double>> counts) => new(ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, counts));

    public static Counts operator -(Counts after, Counts before) =>
        Of(after.ByKind.Keys.Union(before.ByKind.Keys).Select(kind => KeyValuePair.Create(kind, after.ByKind.GetValueOrDefault(kind) - before.ByKind.GetValueOrDefault(kind))));

    public static Counts operator *(Counts counts, double factor) => Of(counts.ByKind.Select(count => KeyValuePair.Create(count.Key, count.Value * factor)));
}
