using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Storage.Files;

/// <summary>A record as one file that an operator can read: JSON parts as JSON, text as text, the rest as base64; each comes back byte for byte.</summary>
internal static class RecordFile
{
    private const int MaxNesting = 32;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <param name="stamp">Another one for each write.</param>
    public static byte[] Write(string name, string stamp, RecordContent content)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("version", stamp);
            json.WriteStartArray("parts");
            foreach (var part in content.Parts) Write(json, part);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="FormatException">A sentence that says what is wrong with the file.</exception>
    public static (string Name, string Stamp, RecordContent Content) Read(ReadOnlyMemory<byte> file)
    {
        try
        {
            using var document = JsonDocument.Parse(file);
            var name = document.RootElement.GetProperty("name").GetString() ?? throw new FormatException("its name is null");
            var parts = document.RootElement.GetProperty("parts").EnumerateArray().Select(ReadPart).ToList();
            if (parts.DistinctBy(part => part.Name).Count() < parts.Count) throw new FormatException("it has two parts of one name");
            return (name, document.RootElement.TryGetProperty("version", out var stamp) ? stamp.GetString() ?? "" : "", new RecordContent(parts));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>Eight random bytes: no two writes have the same.</summary>
    public static string NewStamp() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>By the write and by the content: the same after a restart, another one after each write, also of what was there before, and after an operator's edit.</summary>
    /// <param name="stamp">Empty where a hand, or an earlier version, wrote the record.</param>
    public static RecordVersion VersionOf(string stamp, RecordContent content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{stamp}\n"));
        foreach (var part in content.Parts.OrderBy(part => part.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{part.Name}\n{part.Bytes.Length}\n"));
            hash.AppendData(part.Bytes.Span);
        }

        return new RecordVersion(Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16)));
    }

    private static void Write(Utf8JsonWriter json, RecordPart part)
    {
        json.WriteStartObject();
        json.WriteString("name", part.Name);
        if (part.Secret) json.WriteBoolean("secret", true);
        if (IsBareJson(part.Bytes))
        {
            json.WritePropertyName("json");
            json.WriteRawValue(part.Bytes.Span, skipInputValidation: true);
        }
        else if (FindText(part.Bytes) is { } text)
        {
            json.WriteString("text", text);
        }
        else
        {
            json.WriteBase64String("base64", part.Bytes.Span);
        }

        json.WriteEndObject();
    }

    private static RecordPart ReadPart(JsonElement part)
    {
        var name = part.GetProperty("name").GetString();
        if (name is null || !RecordRules.IsPartName(name)) throw new FormatException($"'{name}' is no name of a part");

        var bytes = part.TryGetProperty("json", out var json) ? StrictUtf8.GetBytes(json.GetRawText())
            : part.TryGetProperty("text", out var text) ? StrictUtf8.GetBytes(text.GetString() ?? throw new FormatException($"the text of '{name}' is null"))
            : part.GetProperty("base64").GetBytesFromBase64();
        return new RecordPart(name, bytes, part.TryGetProperty("secret", out var secret) && secret.GetBoolean());
    }

    /// <summary>An object or array without space around it: its raw text is exactly these bytes.</summary>
    private static bool IsBareJson(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < 2 || bytes.Span[0] is not ((byte)'{' or (byte)'[') || bytes.Span[^1] is not ((byte)'}' or (byte)']') || FindText(bytes) is null) return false;
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxNesting });
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? FindText(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var text = StrictUtf8.GetString(bytes.Span);
            return text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')) ? null : text;
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
