using System.Text;
using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Protocol.Answers;

/// <summary>Reads a directory (RFC 8555 section 7.1.1).</summary>
internal static class DirectoryReader
{
    private const int MaxProfileName = 100;
    private const int MaxFirstWords = 100;

    public static AcmeDirectory Read(AcmeResponse response)
    {
        if (!IsDirectory(response.Body)) throw new AcmeException(AcmeFault.Protocol, $"{AcmeUrl.Show(response.Url)} is no ACME directory: it answered with {FirstWords(response.Body)}.", statusCode: response.Status);

        return JsonAnswer.Read(response, "directory", json => Read(json, response.Date));
    }

    private static AcmeDirectory Read(JsonElement json, DateTimeOffset? answeredAt) =>
        new AcmeDirectory(json.Url("newNonce"), json.Url("newAccount"), json.Url("newOrder"), json.OptionalUrl("revokeCert"), json.OptionalUrl("keyChange"))
        {
            AnsweredAt = answeredAt,
            RenewalInfo = json.OptionalUrl("renewalInfo"),
            TermsOfService = json.Object("meta")?.Words("termsOfService"),
            Website = json.Object("meta")?.Words("website"),
            CaaIdentities = json.Object("meta")?.WordsOf("caaIdentities") ?? [],
            IssuerDomainNames = json.Object("meta") is { } meta ? PersistReader.Names(meta, PersistReader.Names02) : [],
            AccountHashPrefix = json.Object("meta")?.Text("accountHashPrefix") is { } prefix && PersistReader.IsParameter(prefix) ? prefix : null,
            ExternalAccountRequired = json.Object("meta")?.Flag("externalAccountRequired") ?? false,
            Profiles = json.Object("meta")?.Object("profiles") is { } profiles ? Profiles(profiles) : new Dictionary<string, string>(),
        };

    /// <summary>An object with the members that no client can do without: a web page has none of them, and neither has ACME's first version. An object that is broken may have been one.</summary>
    private static bool IsDirectory(ReadOnlyMemory<byte> body)
    {
        var text = JsonAnswer.WithoutByteOrderMark(body);
        try
        {
            using var document = JsonDocument.Parse(text);
            var json = document.RootElement;
            return json.ValueKind == JsonValueKind.Object && json.TryGetProperty("newNonce", out _) && json.TryGetProperty("newAccount", out _) && json.TryGetProperty("newOrder", out _);
        }
        catch (Exception broken) when (JsonAnswer.IsBroken(broken))
        {
            return text.Span.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
        }
    }

    /// <summary>Enough to tell a login page from a misspelt path.</summary>
    private static string FirstWords(ReadOnlyMemory<byte> body)
    {
        var words = Encoding.UTF8.GetString(body.Span[..Math.Min(body.Length, 4 * MaxFirstWords)]).Trim();
        return words.Length == 0 ? "nothing" : $"'{PlainText.Of(words, MaxFirstWords)}'";
    }

    private static Dictionary<string, string> Profiles(JsonElement profiles)
    {
        var descriptions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var profile in profiles.EnumerateObject())
        {
            if (IsName(profile.Name)) descriptions[profile.Name] = profile.Value.Words() ?? "";
        }

        return descriptions;
    }

    /// <summary>A name is sent back as it is, so one that could not be shown is left out rather than cleaned.</summary>
    private static bool IsName(string name) => name.Length <= MaxProfileName && PlainText.Of(name, MaxProfileName) == name;
}
