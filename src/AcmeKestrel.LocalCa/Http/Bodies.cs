using System.Text.Json;
using System.Text.Json.Serialization;

namespace AcmeKestrel.LocalCa.Http;

/// <summary>What goes over the wire (RFC 8555 section 7.1). Members that are null are left out.</summary>
internal sealed record DirectoryBody(string NewNonce, string NewAccount, string NewOrder, string RevokeCert, string KeyChange, DirectoryMeta Meta)
{
    /// <summary>RFC 9773 section 4.</summary>
    public string? RenewalInfo { get; init; }
}

internal sealed record DirectoryMeta(string TermsOfService, string Website, bool? ExternalAccountRequired)
{
    public IReadOnlyDictionary<string, string>? Profiles { get; init; }

    public IReadOnlyList<string>? CaaIdentities { get; init; }

    public IReadOnlyList<string>? IssuerDomainNames { get; init; }

    public string? AccountHashPrefix { get; init; }
}

internal sealed record AccountBody(string Status, IReadOnlyList<string> Contact, bool TermsOfServiceAgreed, JsonElement? ExternalAccountBinding, string Orders);

internal sealed record OrdersBody(IReadOnlyList<string> Orders);

internal sealed record IdentifierBody(string Type, string Value);

internal sealed record OrderBody(
    string Status,
    DateTimeOffset Expires,
    IReadOnlyList<IdentifierBody> Identifiers,
    IReadOnlyList<string> Authorizations,
    string Finalize,
    string? Certificate,
    ProblemBody? Error)
{
    public string? Profile { get; init; }

    public string? Replaces { get; init; }
}

internal sealed record RenewalInfoBody(WindowBody SuggestedWindow, string? ExplanationURL);

internal sealed record WindowBody(DateTimeOffset Start, DateTimeOffset End);

internal sealed record AuthorizationBody(IdentifierBody Identifier, string Status, DateTimeOffset Expires, IReadOnlyList<ChallengeBody> Challenges, bool? Wildcard);

internal sealed record ChallengeBody(string Type, string Url, string Status, string? Token, DateTimeOffset? Validated, ProblemBody? Error)
{
    /// <summary>draft-ietf-acme-dns-persist, from version 02 on.</summary>
    public IReadOnlyList<string>? IssuerDomainNames { get; init; }

    /// <summary>The same before that.</summary>
    [JsonPropertyName("issuer-domain-names")]
    public IReadOnlyList<string>? FormerIssuerDomainNames { get; init; }

    /// <summary>Version 01.</summary>
    [JsonPropertyName("accounturi")]
    public string? AccountUri { get; init; }
}

internal sealed record ProblemBody(
    string Type, string Detail, int? Status, string? Instance, IdentifierBody? Identifier, IReadOnlyList<ProblemBody>? Subproblems, IReadOnlyList<string>? Algorithms);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DirectoryBody))]
[JsonSerializable(typeof(AccountBody))]
[JsonSerializable(typeof(OrdersBody))]
[JsonSerializable(typeof(OrderBody))]
[JsonSerializable(typeof(AuthorizationBody))]
[JsonSerializable(typeof(ChallengeBody))]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(RenewalInfoBody))]
internal sealed partial class BodiesContext : JsonSerializerContext;
