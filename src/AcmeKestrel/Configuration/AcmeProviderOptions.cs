namespace AcmeKestrel;

/// <summary>A CA: <c>Acme:Providers:&lt;name&gt;</c>.</summary>
public sealed class AcmeProviderOptions
{
    /// <summary>The directory's https URL (RFC 8555 section 7.1.1).</summary>
    public string? Directory { get; set; }

    /// <summary>PEM file with the roots that the CA's own TLS certificate chains to. Default: the system's.</summary>
    public string? TrustedRootsFile { get; set; }

    /// <summary>URL of an HTTP proxy for requests to this CA.</summary>
    public string? Proxy { get; set; }

    /// <summary>External account binding: the key id (RFC 8555 section 7.3.4).</summary>
    public string? EabKeyId { get; set; }

    /// <summary>External account binding: the MAC key, base64url or base64.</summary>
    public string? EabHmacKey { get; set; }

    /// <summary>External account binding: what the MAC key is for, <c>HS256</c> (default), <c>HS384</c> or <c>HS512</c>.</summary>
    public string? EabAlgorithm { get; set; }

    /// <summary>Common name of the topmost issuer of the chain to choose where the CA offers several.</summary>
    public string? PreferredChain { get; set; }

    /// <summary>The certificate profile to ask for.</summary>
    public string? Profile { get; set; }

    /// <summary><c>true</c>: no certificate without the profile. <c>false</c> (default): where the CA does not grant it, the certificate comes without it, visibly.</summary>
    public string? RequireProfile { get; set; }

    /// <summary>
    /// The CA's rate limits to keep to: <c>letsencrypt</c>, <c>letsencrypt-staging</c>, <c>usual</c> (300 orders in three hours for each account, five failed validations in an hour for each name), <c>public</c> (as usual, and slowly at first), <c>none</c>; or single
    /// ones, such as <c>orders=300/3h, set=5/7d, domain=none</c>, also after one of those words. Default: the built-in provider's own, else <c>usual</c>.
    /// </summary>
    public string? Limits { get; set; }

    /// <summary>Name of the provider that a dry run uses instead.</summary>
    public string? Staging { get; set; }
}
