using System.Globalization;
using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Protocol.Answers;

/// <summary>Reads members out of a CA's JSON. A member of the wrong type is as good as absent; unknown members are never looked at.</summary>
internal static class JsonAnswer
{
    private const int MaxText = 4096;

    /// <summary>Reads an object, or says that the answer is no ACME.</summary>
    public static T Read<T>(AcmeResponse response, string what, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(WithoutByteOrderMark(response.Body));
            if (document.RootElement.ValueKind == JsonValueKind.Object) return read(document.RootElement);
        }
        catch (Exception broken) when (IsBroken(broken))
        {
            var message = $"{AcmeUrl.Show(response.Url)} answered with a broken {what}.";
            throw new AcmeException(AcmeFault.Protocol, message, statusCode: response.Status, inner: broken);
        }

        throw new AcmeException(AcmeFault.Protocol, $"{AcmeUrl.Show(response.Url)} answered without a {what}.", statusCode: response.Status);
    }

    /// <summary>An answer whose body tells nothing new: an object or nothing. A page of a proxy's in its place says that the CA was not asked at all.</summary>
    public static void RequireObjectOrNothing(AcmeResponse response, string what)
    {
        if (!response.Body.Span.Trim(" \t\r\n"u8).IsEmpty) Read(response, what, _ => true);
    }

    /// <summary>Text that is no UTF-16 (a lone surrogate) is found only when it is read, as <see cref="InvalidOperationException"/>.</summary>
    public static bool IsBroken(Exception exception) => exception is JsonException or InvalidOperationException;

    public static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> json) =>
        json.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? json[3..] : json;

    public static JsonElement? Object(this JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.Object ? child : null;

    public static IEnumerable<JsonElement> Items(this JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.Array ? child.EnumerateArray() : [];

    public static string? Text(this JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.String ? child.GetString() : null;

    /// <summary>Text that is only ever shown.</summary>
    public static string? Words(this JsonElement parent, string name) => parent.TryGetProperty(name, out var child) ? child.Words() : null;

    /// <summary>The element itself, where it is text.</summary>
    public static string? Words(this JsonElement element) => element.ValueKind == JsonValueKind.String ? PlainText.Of(element.GetString()!, MaxText) : null;

    public static IReadOnlyList<string> Texts(this JsonElement parent, string name) =>
        [.. parent.Items(name).Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)];

    /// <summary>Texts that are only ever shown.</summary>
    public static IReadOnlyList<string> WordsOf(this JsonElement parent, string name) => [.. parent.Items(name).Select(item => item.Words()).OfType<string>()];

    public static bool Flag(this JsonElement parent, string name) => parent.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.True;

    public static int? Number(this JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.Number && child.TryGetInt32(out var number) ? number : null;

    /// <summary>RFC 3339 section 5.6, whose letters may be small and whose T may be a blank; a time without an offset is taken for UTC.</summary>
    public static DateTimeOffset? Time(this JsonElement parent, string name) =>
        parent.Text(name) is { Length: >= 19 and <= 60 } text && text[4] == '-' && text[10] is 'T' or 't' or ' '
        && DateTimeOffset.TryParse(text.ToUpperInvariant(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>A URL that may be absent but must be https where it is there.</summary>
    public static string? OptionalUrl(this JsonElement parent, string name) => parent.Text(name) is { } url ? AcmeUrl.Require(url, name) : null;

    public static string Url(this JsonElement parent, string name) => AcmeUrl.Require(parent.Text(name), name);

    /// <summary>RFC 8555 section 7.1.6.</summary>
    public static AcmeStatus Status(this JsonElement parent) => parent.Text("status") switch
    {
        "pending" => AcmeStatus.Pending,
        "ready" => AcmeStatus.Ready,
        "processing" => AcmeStatus.Processing,
        "valid" => AcmeStatus.Valid,
        "invalid" => AcmeStatus.Invalid,
        "deactivated" => AcmeStatus.Deactivated,
        "expired" => AcmeStatus.Expired,
        "revoked" => AcmeStatus.Revoked,
        _ => AcmeStatus.Unknown,
    };

    /// <summary>An identifier of a kind this library orders, or null.</summary>
    public static AcmeIdentifier? Identifier(this JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object || element.Text("value") is not { } value) return null;

        var type = element.Text("type") switch
        {
            "dns" => AcmeIdentifierType.Dns,
            "ip" => AcmeIdentifierType.Ip,
            _ => (AcmeIdentifierType?)null,
        };
        return AcmeIdentifier.TryParse(value, out var identifier, out _) && identifier.Type == type ? identifier : null;
    }
}
