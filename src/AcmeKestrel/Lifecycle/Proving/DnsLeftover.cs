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
    public static DnsLeftover Of(string label, DnsPlan plan) => new(label, plan.Provider, plan.Record.Name, plan.Record.Value, plan.Record.Domain, plan.Record.Token, plan.Record.KeyAuthorization);

    [JsonIgnore]
    public DnsChallengeRecord Record => new(Name, Value, Domain, Token, KeyAuthorization);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(DnsLeftover))]
internal sealed partial class ProvingJson : JsonSerializerContext;
