namespace AcmeKestrel.LocalCa.Rules;

/// <summary>RFC 8555 section 7.1.2.</summary>
internal sealed record Account(string Id, PublicJwk Key, IReadOnlyList<string> Contact, Status Status);
