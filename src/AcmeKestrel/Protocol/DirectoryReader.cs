using System.Text.Json;

namespace AcmeKestrel.Protocol;

/// <summary>Reads a directory (RFC 8555 section 7.1.1).</summary>
internal static class DirectoryReader
{
    public static AcmeDirectory Read(AcmeResponse response) => JsonAnswer.Read(response, "directory", json =>
        new AcmeDirectory(json.Url("newNonce"), json.Url("newAccount"), json.Url("newOrder"), json.OptionalUrl("revokeCert"), json.OptionalUrl("keyChange"))
        {
            RenewalInfo = json.OptionalUrl("renewalInfo"),
            TermsOfService = json.Object("meta")?.Words("termsOfService"),
            Website = json.Object("meta")?.Words("website"),
            CaaIdentities = json.Object("meta")?.Texts("caaIdentities") ?? [],
            ExternalAccountRequired = json.Object("meta")?.Flag("externalAccountRequired") ?? false,
            Profiles = json.Object("meta")?.Object("profiles") is { } profiles ? Profiles(profiles) : new Dictionary<string, string>(),
        });

    private static Dictionary<string, string> Profiles(JsonElement profiles)
    {
        var descriptions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var profile in profiles.EnumerateObject()) descriptions[profile.Name] = profile.Value.Words() ?? "";
        return descriptions;
    }
}
