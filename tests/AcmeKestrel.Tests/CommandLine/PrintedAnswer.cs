using System.Text.Json;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>Holds what a verb prints to its schema in docs/schemas: types, members that must be there, values of enumerations, and no member that the schema does not tell.</summary>
internal static class PrintedAnswer
{
    private static readonly Dictionary<string, string> Schemas = new()
    {
        ["unwant"] = "want",
        ["issue"] = "work",
        ["retry"] = "work",
        ["hold"] = "work",
        ["release"] = "work",
        ["renew"] = "reconcile",
        ["account list"] = "accounts",
        ["account show"] = "accounts",
        ["test http"] = "test-http",
        ["test hook"] = "test-hook",
        ["test staging"] = "dry-run",
        ["store copy"] = "store-copy",
    };

    public static void Check(string[] words, string text)
    {
        var name = words.Contains("--dry-run") && words[0] == "renew" ? "dry-run" : NameOf(words);
        var schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "schemas", $"{name}.json")))!.AsObject();
        var faults = new List<string>();
        Compare(schema, schema, JsonNode.Parse(text), "$", faults);
        Assert.True(faults.Count == 0, $"acme {string.Join(' ', words)} is not as docs/schemas/{name}.json says:\n{string.Join('\n', faults)}\n{text}");
    }

    private static string NameOf(string[] words) =>
        words[0] is "account" or "test" or "store" ? Schemas.GetValueOrDefault($"{words[0]} {words[1]}", words[0]) : Schemas.GetValueOrDefault(words[0], words[0]);

    private static void Compare(JsonObject root, JsonNode schema, JsonNode? value, string at, List<string> faults)
    {
        if (schema is not JsonObject rule) return; // true: anything
        if (rule["$ref"]?.GetValue<string>() is { } reference)
        {
            Compare(root, Find(root, reference), value, at, faults);
            return;
        }

        if (rule["type"] is { } type && !TypesOf(type).Any(one => IsOf(one, value))) faults.Add($"{at} is {value?.ToJsonString() ?? "null"}, and should be {type.ToJsonString()}");
        if (rule["enum"] is JsonArray values && !values.Any(one => JsonNode.DeepEquals(one, value))) faults.Add($"{at} is {value?.ToJsonString() ?? "null"}, which is none of {values.ToJsonString()}");
        if (value is JsonArray items && rule["items"] is { } item)
        {
            for (var index = 0; index < items.Count; index++) Compare(root, item, items[index], $"{at}[{index}]", faults);
        }

        if (value is JsonObject members) Compare(root, rule, members, at, faults);
    }

    private static void Compare(JsonObject root, JsonObject rule, JsonObject members, string at, List<string> faults)
    {
        var known = rule["properties"] as JsonObject;
        foreach (var (name, value) in members)
        {
            if (known?[name] is { } schema) Compare(root, schema, value, $"{at}.{name}", faults);
            else if (rule["additionalProperties"] is { } others) Compare(root, others, value, $"{at}.{name}", faults);
            else if (known is not null) faults.Add($"{at}.{name} is not in the schema");
        }

        foreach (var wanted in rule["required"] as JsonArray ?? [])
        {
            if (!members.ContainsKey(wanted!.GetValue<string>())) faults.Add($"{at}.{wanted} is missing");
        }
    }

    private static JsonNode Find(JsonObject root, string reference)
    {
        JsonNode found = root;
        foreach (var step in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries)) found = found[step] ?? throw new JsonException($"{reference} leads nowhere.");
        return found;
    }

    private static IEnumerable<string> TypesOf(JsonNode type) => type is JsonArray several ? several.Select(one => one!.GetValue<string>()) : [type.GetValue<string>()];

    private static bool IsOf(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) or ("string", JsonValueKind.String) or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        ("integer" or "number", JsonValueKind.Number) or ("array", JsonValueKind.Array) or ("object", JsonValueKind.Object) => true,
        _ => false,
    };
}
