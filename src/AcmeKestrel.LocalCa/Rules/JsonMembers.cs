using System.Text.Json;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A JSON object of a client, read strictly: a member of the wrong kind is refused, and so is one that comes twice.</summary>
internal sealed class JsonMembers
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    private readonly JsonElement _object;
    private readonly string _what;

    private JsonMembers(JsonElement element, string what)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new RefusalException(Problem.Malformed($"{what} is not a JSON object."));
        _object = element;
        _what = what;
    }

    public IEnumerable<string> Names => _object.EnumerateObject().Select(member => member.Name);

    public static JsonMembers Parse(ReadOnlyMemory<byte> json, string what)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            ReadTexts(document.RootElement);
            return new JsonMembers(document.RootElement.Clone(), what);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new RefusalException(Problem.Malformed($"{what} is not JSON."));
        }
    }

    public bool Has(string name) => _object.TryGetProperty(name, out _);

    /// <summary>The member as it came; null where it is missing.</summary>
    public JsonElement? Raw(string name) => _object.TryGetProperty(name, out var value) ? value : null;

    public string Text(string name) => OptionalText(name) ?? throw Wrong(name, "is missing");

    public string? OptionalText(string name) => Of(name, JsonValueKind.String)?.GetString();

    public bool Flag(string name)
    {
        if (!_object.TryGetProperty(name, out var value)) return false;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(name, "is not true or false");
    }

    public int? OptionalNumber(string name)
    {
        if (Of(name, JsonValueKind.Number) is not { } value) return null;
        return value.TryGetInt32(out var number) ? number : throw Wrong(name, "is out of range");
    }

    public byte[] Bytes(string name) => StrictBase64Url.Decode(Text(name), $"'{name}' of {_what}");

    public JsonMembers Object(string name) => new(Of(name, JsonValueKind.Object) ?? throw Wrong(name, "is missing"), $"'{name}' of {_what}");

    public IReadOnlyList<JsonMembers>? Objects(string name) =>
        Of(name, JsonValueKind.Array) is { } list ? [.. list.EnumerateArray().Select(item => new JsonMembers(item, $"An item of '{name}'"))] : null;

    public IReadOnlyList<string>? Texts(string name) => Of(name, JsonValueKind.Array) is { } list
        ? [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Wrong(name, "holds something that is not text"))]
        : null;

    /// <summary>A text that is no Unicode, such as half a surrogate pair, passes the platform's parser and throws only when it is read: here, so that it does not later.</summary>
    private static void ReadTexts(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String) element.GetString();
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray()) ReadTexts(item);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                _ = member.Name;
                ReadTexts(member.Value);
            }
        }
    }

    private JsonElement? Of(string name, JsonValueKind kind)
    {
        if (!_object.TryGetProperty(name, out var value)) return null;
        return value.ValueKind == kind ? value : throw Wrong(name, "has the wrong type");
    }

    private RefusalException Wrong(string name, string why) => new(Problem.Malformed($"'{name}' of {_what} {why}."));
}
