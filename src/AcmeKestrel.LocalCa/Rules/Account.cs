using System.Text.Json;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>RFC 8555 section 7.1.2.</summary>
internal sealed record Account(string Id, PublicJwk Key, IReadOnlyList<string> Contact, Status Status)
{
    /// <summary>The terms it agreed to last; empty = the CA's own page.</summary>
    public string AgreedTerms { get; init; } = "";

    /// <summary>As it came, to be shown again letter by letter (section 7.3.4); null where there was none.</summary>
    public JsonElement? ExternalAccountBinding { get; init; }
}
