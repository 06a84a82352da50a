namespace AcmeKestrel.LocalCa.Rules;

/// <summary>Which challenges can prove an identifier.</summary>
internal static class ChallengeTypes
{
    public const string Http01 = "http-01";

    public const string TlsAlpn01 = "tls-alpn-01";

    public const string Dns01 = "dns-01";

    /// <param name="dns">Whether dns-01 is offered at all. An address has no zone (RFC 8738 section 7), and only its zone speaks for a wildcard.</param>
    public static IReadOnlyList<string> For(Identifier identifier, bool dns)
    {
        if (identifier.IsWildcard) return [Dns01];
        return dns && identifier.Type == Identifier.Dns ? [Http01, TlsAlpn01, Dns01] : [Http01, TlsAlpn01];
    }
}
