namespace AcmeKestrel.Zones;

/// <summary>Who is to issue, as CAA records name it.</summary>
/// <param name="Identities">Of the CA (RFC 8555 section 7.1.1, <c>caaIdentities</c>); any of them will do.</param>
/// <param name="AccountUrl">Of the account that orders (RFC 8657 section 3).</param>
/// <param name="Methods">The validation methods that may be used (RFC 8657 section 4).</param>
internal sealed record CaaIssuer(IReadOnlyList<string> Identities, string AccountUrl, IReadOnlyList<string> Methods);
