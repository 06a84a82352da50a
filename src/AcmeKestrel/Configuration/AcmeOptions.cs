namespace AcmeKestrel;

/// <summary>
/// The configuration section <c>Acme</c>. Values are text as they stand in the configuration; all of them are checked together at start, and one message lists everything that is wrong.
/// Collections are null by default, which means the documented default: a configuration binder appends to a collection that already has items.
/// </summary>
public sealed class AcmeOptions
{
    /// <summary>The section this binds to: <c>Acme</c>.</summary>
    public const string SectionName = "Acme";

    /// <summary><c>true</c> (default) or <c>false</c>: whether the worker may talk to a CA at all. Stored certificates are served either way.</summary>
    public string? Enabled { get; set; }

    /// <summary>Mail address of the account; optional (RFC 8555 section 7.3, <c>contact</c>).</summary>
    public string? Email { get; set; }

    /// <summary><c>true</c> says that you accept the CA's terms of service; without it nothing is registered.</summary>
    public string? AcceptTermsOfService { get; set; }

    /// <summary>Name of a provider, or an https directory URL. Default <c>letsencrypt</c>.</summary>
    public string? Provider { get; set; }

    /// <summary>CAs by name, beside the built-in ones.</summary>
    public Dictionary<string, AcmeProviderOptions>? Providers { get; set; }

    /// <summary>One certificate an entry: names separated by spaces or commas, the first labels it.</summary>
    public List<string>? Domains { get; set; }

    /// <summary>Certificates by label, with their own settings.</summary>
    public Dictionary<string, AcmeCertificateOptions>? Certificates { get; set; }

    /// <summary><c>true</c> (default): <c>www.x</c> also asks for <c>x</c> as an optional name.</summary>
    public string? IncludeBareDomain { get; set; }

    /// <summary><c>P256</c> (default), <c>P384</c>, <c>Rsa2048</c>, <c>Rsa3072</c>, <c>Rsa4096</c>.</summary>
    public string? KeyType { get; set; }

    /// <summary>Challenge types, preferred first. Default <c>tls-alpn-01</c>, <c>http-01</c>.</summary>
    public List<string>? Challenges { get; set; }

    /// <summary>Folder for accounts, keys and certificates. Default: the first entry of <c>$STATE_DIRECTORY</c>, else <c>&lt;local app data&gt;/&lt;application&gt;/acme</c>.</summary>
    public string? StateDirectory { get; set; }

    /// <summary>A group that may read certificate keys.</summary>
    public string? KeyGroup { get; set; }

    /// <summary>When certificates are renewed.</summary>
    public AcmeRenewalOptions? Renewal { get; set; }

    /// <summary><c>Fallback</c> (default: a self-signed certificate) or <c>Reject</c> (the handshake is refused) for server names without a certificate.</summary>
    public string? UnknownHosts { get; set; }
}

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

    /// <summary>Whose published limits to keep to: <c>letsencrypt</c>, <c>letsencrypt-staging</c> or <c>none</c>. Default: the built-in provider's own, else <c>none</c>.</summary>
    public string? Limits { get; set; }

    /// <summary>Name of the provider that a dry run uses instead.</summary>
    public string? Staging { get; set; }
}

/// <summary>A certificate: <c>Acme:Certificates:&lt;label&gt;</c>.</summary>
public sealed class AcmeCertificateOptions
{
    /// <summary>The names it is for. Default: the label alone.</summary>
    public List<string>? Names { get; set; }

    /// <summary>As <see cref="AcmeOptions.Provider"/>, for this certificate.</summary>
    public string? Provider { get; set; }

    /// <summary>As <see cref="AcmeOptions.Email"/>, for this certificate.</summary>
    public string? Email { get; set; }

    /// <summary>As <see cref="AcmeOptions.KeyType"/>, for this certificate.</summary>
    public string? KeyType { get; set; }

    /// <summary>The certificate profile to ask for.</summary>
    public string? Profile { get; set; }

    /// <summary>As <see cref="AcmeProviderOptions.RequireProfile"/>, for this certificate.</summary>
    public string? RequireProfile { get; set; }

    /// <summary>As <see cref="AcmeOptions.Challenges"/>, for this certificate.</summary>
    public List<string>? Challenges { get; set; }

    /// <summary>As <see cref="AcmeOptions.IncludeBareDomain"/>, for this certificate.</summary>
    public string? IncludeBareDomain { get; set; }
}

/// <summary>When certificates are renewed: <c>Acme:Renewal</c>.</summary>
public sealed class AcmeRenewalOptions
{
    /// <summary>After this part of its life a certificate is renewed. Default <c>0.6667</c> (two thirds).</summary>
    public string? Fraction { get; set; }

    /// <summary>The same for lifetimes below ten days. Default <c>0.5</c>.</summary>
    public string? ShortFraction { get; set; }

    /// <summary><c>true</c> (default): a CA with renewal info (RFC 9773) is asked when to renew, and the fractions count where it says nothing.</summary>
    public string? Ari { get; set; }
}
