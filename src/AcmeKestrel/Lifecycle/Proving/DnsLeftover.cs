using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>A record that stands in DNS, or may: kept before it is written there, and until it is removed. Part <c>record.json</c>; its name is the challenge's token.</summary>
/// <param name="Provider">The DNS provider that wrote it.</param>
internal sealed record DnsLeftover(
    [property: JsonRequired] string Label,
    [property: JsonRequired] string Provider,
    [property: JsonRequired] string Name,
    [property: JsonRequired] string Value,
    [property: JsonRequired] string Domain,
    [property: JsonRequired] string Token,
    [property: JsonRequired] string KeyAuthorization)
{
    /// <summary>Where the same challenge's record was written before its place, or who writes there, was changed; null: nowhere else.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<DnsPlace>? Earlier { get; init; }

    public static DnsLeftover Of(string label, DnsPlan plan) => new(label, plan.Provider, plan.Record.Name, plan.Record.Value, plan.Record.Domain, plan.Record.Token, plan.Record.KeyAuthorization);

    /// <summary>Everything that may stand: each is to be removed by whoever wrote it.</summary>
    [JsonIgnore]
    public IEnumerable<(string Provider, DnsChallengeRecord Record)> All =>
        (Earlier ?? []).Append(Place).Distinct().Select(place => (place.Provider, new DnsChallengeRecord(place.Name, place.Value, Domain, Token, place.KeyAuthorization)));

    private DnsPlace Place => new(Provider, Name, Value, KeyAuthorization);

    /// <summary>With what was on record of the same challenge before.</summary>
    public DnsLeftover Beside(DnsLeftover? former)
    {
        var earlier = former is null ? [] : (former.Earlier ?? []).Append(former.Place).Distinct().Where(place => place != Place).ToList();
        return this with { Earlier = earlier.Count > 0 ? earlier : null };
    }
}

/// <summary>Who has written a challenge's record, and where.</summary>
internal sealed record DnsPlace([property: JsonRequired] string Provider, [property: JsonRequired] string Name, [property: JsonRequired] string Value, [property: JsonRequired] string KeyAuthorization);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(DnsLeftover))]
internal sealed partial class ProvingJson : JsonSerializerContext;
