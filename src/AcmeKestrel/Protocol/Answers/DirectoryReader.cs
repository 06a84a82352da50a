using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Protocol.Answers;

/// <summary>Reads a directory (RFC 8555 section 7.1.1).</summary>
internal static class DirectoryReader
{
    private const int MaxProfileName = 100;

    public static AcmeDirectory Read(AcmeResponse response) => JsonAnswer.Read(response, "directory", json =>
        new AcmeDirectory(json.Url("newNonce"), json.Url("newAccount"), json.Url("newOrder"), json.OptionalUrl("revokeCert"), json.OptionalUrl("keyChange"))
        {
            RenewalInfo = json.OptionalUrl("renewalInfo"),
            TermsOfService = json.Object("meta")?.Words("termsOfService"),
            Website = json.Object("meta")?.Words("website"),
            CaaIdentities = json.Object("meta")?.WordsOf("caaIdentities") ?? [],
            ExternalAccountRequired = json.Object("meta")?.Flag("externalAccountRequired") ?? false,
            Profiles = json.Object("meta")?.Object("profiles") is { } profiles ? Profiles(profiles) : new Dictionary<string, string>(),
        });

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
