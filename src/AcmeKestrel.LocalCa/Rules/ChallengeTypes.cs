namespace AcmeKestrel.LocalCa.Rules;

/// <summary>Which challenges can prove an identifier.</summary>
internal static class ChallengeTypes
{
    public const string Http01 = "http-01";

    public const string TlsAlpn01 = "tls-alpn-01";

    public const string Dns01 = "dns-01";

    public const string DnsAccount01 = "dns-account-01";

    public const string DnsPersist01 = "dns-persist-01";

    /// <summary>An address has no zone (RFC 8738 section 7), and only its zone speaks for a wildcard.</summary>
    public static IReadOnlyList<string> For(Identifier identifier, LocalCaServerOptions options)
    {
        if (identifier.IsWildcard) return ByDns(options);
        return identifier.Type == Identifier.Dns ? [Http01, TlsAlpn01, .. ByDns(options)] : [Http01, TlsAlpn01];
    }

    /// <summary>Those that are offered of the ones that a record in DNS proves.</summary>
    public static IReadOnlyList<string> ByDns(LocalCaServerOptions options) =>
    [
        .. options.OfferDns01 ? [Dns01] : (string[])[],
        .. options.OfferDnsAccount01 ? [DnsAccount01] : (string[])[],
        .. options.OfferDnsPersist01 ? [DnsPersist01] : (string[])[],
    ];
}
