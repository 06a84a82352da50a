using System.Text.Json;

namespace AcmeKestrel.Dns.Http;

/// <summary>Members that may be missing, or be something else than they should.</summary>
internal static class JsonReading
{
    public static JsonElement Member(this JsonElement element, string name)
    {
        try
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : default;
        }
        catch (InvalidOperationException)
        {
            // The name of another member is half of a character.
            return default;
        }
    }

    public static string? Text(this JsonElement element, string name) => element.Member(name) switch
    {
        { ValueKind: JsonValueKind.Number } number => number.GetRawText(),
        var text => text.FindText(),
    };

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray() : [];

    /// <summary>Null: it is none.</summary>
    public static string? FindText(this JsonElement element)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half of a character.
            return null;
        }
    }
}
