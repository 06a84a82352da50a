namespace AcmeKestrel.Certificates;

/// <summary>The validation methods this library answers, by their registered names (RFC 8555 section 9.7.8).</summary>
public static class ChallengeTypes
{
    /// <summary>RFC 8555 section 8.3.</summary>
    public const string Http01 = "http-01";

    /// <summary>RFC 8737.</summary>
    public const string TlsAlpn01 = "tls-alpn-01";

    /// <summary>RFC 8555 section 8.4: by a record in DNS, the only one for a wildcard.</summary>
    public const string Dns01 = "dns-01";

    /// <summary>draft-ietf-acme-dns-account-label: as <see cref="Dns01"/>, with a record of the account's own, so that several clients can prove one name side by side.</summary>
    public const string DnsAccount01 = "dns-account-01";

    /// <summary>draft-ietf-acme-dns-persist: by a record in DNS that the operator sets once, and that stays.</summary>
    public const string DnsPersist01 = "dns-persist-01";

    /// <summary>Those that need nobody's help, in the order in which they are tried where nothing else is said.</summary>
    internal static IReadOnlyList<string> Answered { get; } = [TlsAlpn01, Http01];

    /// <summary>All of them.</summary>
    internal static IReadOnlyList<string> Known { get; } = [.. Answered, Dns01, DnsAccount01, DnsPersist01];

    /// <summary>As it is registered, whatever its case; null: it is none of them.</summary>
    internal static string? Find(string said) => Known.FirstOrDefault(type => type.Equals(said, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether it is proven by records in DNS, as a wildcard must be.</summary>
    internal static bool IsByDns(string type) => IsWritten(type) || type is DnsPersist01;

    /// <summary>Whether a DNS provider has to write a record for each order.</summary>
    internal static bool IsWritten(string type) => type is Dns01 or DnsAccount01;
}
