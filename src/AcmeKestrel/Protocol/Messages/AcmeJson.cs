using System.Text.Json.Serialization;
using AcmeKestrel.Protocol.Signing;

namespace AcmeKestrel.Protocol.Messages;

/// <summary>RFC 8555 section 7.3.</summary>
internal sealed record NewAccountPayload(bool? TermsOfServiceAgreed, string[]? Contact, bool? OnlyReturnExisting, JsonWebSignature? ExternalAccountBinding);

/// <summary>RFC 8555 section 7.4; <c>profile</c> from draft-ietf-acme-profiles, <c>replaces</c> from RFC 9773 section 5.</summary>
internal sealed record NewOrderPayload(IdentifierPayload[] Identifiers, string? Profile, string? Replaces);

/// <summary>RFC 8555 section 9.7.7 and RFC 8738 section 3.</summary>
internal sealed record IdentifierPayload(string Type, string Value);

/// <summary>RFC 8555 section 7.4.</summary>
internal sealed record FinalizePayload(string Csr);

/// <summary>RFC 8555 section 7.6; an unspecified reason is left out.</summary>
internal sealed record RevokePayload(string Certificate, int? Reason);

/// <summary>RFC 8555 sections 7.3.6 and 7.5.2.</summary>
internal sealed record StatusPayload(string Status);

/// <summary>RFC 8555 section 7.3.2.</summary>
internal sealed record ContactPayload(string[] Contact);

/// <summary>What is sent. Answers are read member by member instead (see the readers): one odd member must not cost the rest.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JsonWebSignature))]
[JsonSerializable(typeof(NewAccountPayload))]
[JsonSerializable(typeof(NewOrderPayload))]
[JsonSerializable(typeof(FinalizePayload))]
[JsonSerializable(typeof(RevokePayload))]
[JsonSerializable(typeof(StatusPayload))]
[JsonSerializable(typeof(ContactPayload))]
internal sealed partial class AcmeJson : JsonSerializerContext;
