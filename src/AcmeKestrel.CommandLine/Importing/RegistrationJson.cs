using System.Text.Json;

namespace AcmeKestrel.CommandLine.Importing;

/// <summary>What clients keep of a CA's account object (RFC 8555 section 7.1.2).</summary>
internal static class RegistrationJson
{
    private const string Scheme = "mailto:";

    /// <summary>The first mail address among the contacts; null: there is none, or it cannot be read.</summary>
    /// <param name="path">The members on the way to the object.</param>
    public static string? EmailOf(string json, params IReadOnlyList<string> path)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var element = document.RootElement;
            foreach (var member in path.Append("contact"))
            {
                if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(member, out element)) return null;
            }

            if (element.ValueKind != JsonValueKind.Array) return null;

            var contact = element.EnumerateArray().Where(contact => contact.ValueKind == JsonValueKind.String).Select(contact => contact.GetString()!).FirstOrDefault(contact => contact.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase));
            return contact?[Scheme.Length..];
        }
        catch (Exception broken) when (IsBroken(broken))
        {
            return null;
        }
    }

    /// <summary>A member that is text; null: there is none, or it cannot be read.</summary>
    public static string? TextOf(string json, string member)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (Exception broken) when (IsBroken(broken))
        {
            return null;
        }
    }

    /// <summary>Text that is none (half of a character) is found only when it is read, as <see cref="InvalidOperationException"/>.</summary>
    private static bool IsBroken(Exception exception) => exception is JsonException or InvalidOperationException;
}
