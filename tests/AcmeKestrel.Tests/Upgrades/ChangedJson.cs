using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace AcmeKestrel.Tests.Upgrades;

/// <summary>A type's JSON with one change.</summary>
/// <param name="MayBeMissing">The change is one that the product makes itself: what is null is not written.</param>
internal sealed record ChangedJson(string Path, string Json, bool MayBeMissing)
{
    /// <summary>Without one of its members, wherever that is.</summary>
    public static IEnumerable<ChangedJson> WithoutOne(StoredType stored, string json) => Each(stored, json, (parent, name) => parent.Remove(name));

    /// <summary>With null in the place of one of its members.</summary>
    public static IEnumerable<ChangedJson> WithOneNull(StoredType stored, string json) => Each(stored, json, (parent, name) => parent[name] = null);

    /// <summary>With a member more in each object, as a later version may write it.</summary>
    public static string WithUnknown(StoredType stored, string json)
    {
        var root = JsonNode.Parse(json)!;
        foreach (var parent in Members(stored, stored.Info, root).Select(member => member.Parent).Distinct().ToList()) parent["ofALaterVersion"] = new JsonObject { ["list"] = new JsonArray(1, null, "text") };
        return root.ToJsonString();
    }

    private static IEnumerable<ChangedJson> Each(StoredType stored, string json, Action<JsonObject, string> change)
    {
        var count = Members(stored, stored.Info, JsonNode.Parse(json)).Count();
        for (var at = 0; at < count; at++)
        {
            var root = JsonNode.Parse(json)!;
            var (parent, name, member) = Members(stored, stored.Info, root).ElementAt(at);
            var path = $"{parent.GetPath()}.{name}";
            change(parent, name);
            yield return new ChangedJson(path, root.ToJsonString(), member is null or { IsGetNullable: true });
        }
    }

    /// <summary>Each member of each object; keys of a dictionary are none. The word that tells what an object is comes with the type that it is of.</summary>
    private static IEnumerable<(JsonObject Parent, string Name, JsonPropertyInfo? Member)> Members(StoredType stored, JsonTypeInfo type, JsonNode? node) => (node, type) switch
    {
        (JsonObject parent, { PolymorphismOptions: { } kinds }) => Members(stored, stored.InfoOf(kinds.DerivedTypes.Single(kind => (string)kind.TypeDiscriminator! == parent[kinds.TypeDiscriminatorPropertyName]!.GetValue<string>()).DerivedType), node),
        (JsonObject parent, { Kind: JsonTypeInfoKind.Object }) => type.Properties.Where(member => parent.ContainsKey(member.Name)).SelectMany(member => Members(stored, stored.InfoOf(member.PropertyType), parent[member.Name])
            .Prepend((parent, member.Name, FilledJson.IsRead(member) ? member : null))),
        (JsonObject entries, { ElementType: { } element }) => entries.SelectMany(entry => Members(stored, stored.InfoOf(element), entry.Value)),
        (JsonArray list, { ElementType: { } element }) => list.SelectMany(item => Members(stored, stored.InfoOf(element), item)),
        _ => [],
    };
}
