using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Tests.Upgrades;

/// <summary>A type's JSON with each of its members, by what its context knows of it.</summary>
internal static class FilledJson
{
    /// <summary>Several where a member is of one type or another.</summary>
    public static IEnumerable<string> Of(StoredType stored) => Of(stored, stored.Info).Select(node => node.ToJsonString());

    /// <summary>Whether a reader takes it; what is calculated is written as well.</summary>
    public static bool IsRead(JsonPropertyInfo member) => member.Set is not null || member.AssociatedParameter is not null;

    private static List<JsonNode> Of(StoredType stored, JsonTypeInfo type) => type switch
    {
        { PolymorphismOptions: { } kinds } => [.. kinds.DerivedTypes.SelectMany(kind => Of(stored, stored.InfoOf(kind.DerivedType)).Select(node => WithWord(node, kinds.TypeDiscriminatorPropertyName, (string)kind.TypeDiscriminator!)))],
        { Kind: JsonTypeInfoKind.Object } => OfObject(stored, type),
        { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element } => [.. Of(stored, stored.InfoOf(element)).Select(node => new JsonArray(node))],
        { Kind: JsonTypeInfoKind.Dictionary, ElementType: { } element } => [.. Of(stored, stored.InfoOf(element)).Select(node => new JsonObject { ["key"] = node })],
        _ => [OfValue(type, Nullable.GetUnderlyingType(type.Type) ?? type.Type)],
    };

    /// <summary>With the first of each member, and then with each other one.</summary>
    private static List<JsonNode> OfObject(StoredType stored, JsonTypeInfo type)
    {
        var members = type.Properties.Where(IsRead).Select(member => (member.Name, Nodes: Of(stored, stored.InfoOf(member.PropertyType)))).ToList();
        var others = members.SelectMany(member => member.Nodes.Skip(1).Select(node => (member.Name, node)));
        JsonObject First() => new(members.Select(member => KeyValuePair.Create(member.Name, (JsonNode?)member.Nodes[0].DeepClone())));
        return [First(), .. others.Select(other => { var filled = First(); filled[other.Name] = other.node; return filled; })];
    }

    private static JsonObject WithWord(JsonNode node, string name, string word) =>
        new([KeyValuePair.Create(name, (JsonNode?)word), .. node.AsObject().Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))]);

    private static JsonNode OfValue(JsonTypeInfo info, Type type)
    {
        object value = type switch
        {
            { IsEnum: true } => Enum.GetValues(type).Cast<object>().Last(),
            _ when type == typeof(string) => "text",
            _ when type == typeof(bool) => true,
            _ when type == typeof(int) => 7,
            _ when type == typeof(TimeSpan) => TimeSpan.FromMinutes(7),
            _ when type == typeof(DateTimeOffset) => new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero),
            _ when type == typeof(LedgerDebit) => new LedgerDebit("bucket", TimeSpan.FromMinutes(7)),
            _ => throw new InvalidOperationException($"This test has no value of {type}."),
        };
        return JsonSerializer.SerializeToNode(value, info)!;
    }
}
