using System.Text.Json.Nodes;
using NJsonSchema;

namespace AcmeKestrel.Tests.Configuration;

/// <summary>The schema that the package brings along for editors.</summary>
internal sealed class SchemaFile
{
    public static string Path { get; } = System.IO.Path.Combine(Repository.Root, "src", "AcmeKestrel", "ConfigurationSchema.json");

    private readonly JsonNode _root = JsonNode.Parse(File.ReadAllText(Path))!;

    /// <summary>Every place below the section that says what may stand there, by its path as in <see cref="AcmeKestrel.Configuration.KnownKeys.All"/>.</summary>
    public IEnumerable<(string Path, JsonObject Schema)> Places() => Below("Acme", _root["properties"]!["Acme"]!.AsObject());

    /// <summary>Those that take a value.</summary>
    public IEnumerable<string> Keys() => Places().Where(place => Parts(place.Path, place.Schema).Count == 0).Select(place => place.Path);

    public JsonObject Place(string path) => Places().Single(place => place.Path == path).Schema;

    /// <summary>What is wrong with a file of settings.</summary>
    public static async Task<IReadOnlyList<string>> FindFaultsAsync(string json)
    {
        var schema = await JsonSchema.FromFileAsync(Path, TestContext.Current.CancellationToken);
        return [.. schema.Validate(json).Select(fault => fault.ToString())];
    }

    private static IEnumerable<(string Path, JsonObject Schema)> Below(string path, JsonObject schema) =>
        Parts(path, schema).SelectMany(part => Below(part.Path, part.Schema)).Prepend((path, schema));

    private static List<(string Path, JsonObject Schema)> Parts(string path, JsonObject schema)
    {
        var parts = new List<(string, JsonObject)>();
        foreach (var (key, part) in schema["properties"]?.AsObject() ?? []) parts.Add(($"{path}:{key}", part!.AsObject()));
        if (schema["additionalProperties"] is JsonObject each) parts.Add(($"{path}:*", each));
        if (schema["items"] is JsonObject item) parts.Add(($"{path}[]", item));

        // A value or a section in one place.
        foreach (var choice in schema["anyOf"]?.AsArray() ?? []) parts.AddRange(Parts(path, choice!.AsObject()));
        return parts;
    }
}
