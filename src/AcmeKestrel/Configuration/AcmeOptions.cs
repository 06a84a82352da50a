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

    /// <summary>CAs that may be asked, in this order, where <see cref="Provider"/> fails again and again, or a certificate comes close to its end; as for that, names or https directory URLs. Default: none.</summary>
    public List<string>? FallbackProviders { get; set; }

    /// <summary>CAs by name, beside the built-in ones.</summary>
    public Dictionary<string, AcmeProviderOptions>? Providers { get; set; }

    /// <summary>One certificate an entry: names separated by spaces or commas, the first labels it.</summary>
    public List<string>? Domains { get; set; }

    /// <summary>Certificates by label, with their own settings.</summary>
    public Dictionary<string, AcmeCertificateOptions>? Certificates { get; set; }

    /// <summary>Domains whose names (exactly one label below, each with no settings of its own) are served by one wildcard certificate instead of many; each needs a DNS provider. Default: none.</summary>
    public List<string>? Wildcards { get; set; }

    /// <summary><c>true</c> (default): <c>www.x</c> also asks for <c>x</c> as an optional name.</summary>
    public string? IncludeBareDomain { get; set; }

    /// <summary><c>P256</c> (default), <c>P384</c>, <c>Rsa2048</c>, <c>Rsa3072</c>, <c>Rsa4096</c>.</summary>
    public string? KeyType { get; set; }

    /// <summary><c>false</c> (default): each certificate has a key of its own. <c>true</c>: it takes the key of the one before it, for who pins keys; never one that is compromised.</summary>
    public string? ReuseKey { get; set; }

    /// <summary>
    /// Challenge types, preferred first. Default <c>tls-alpn-01</c>, <c>http-01</c>, and, for names that have a DNS provider, <c>dns-01</c> after them; before them for a certificate with a wildcard.
    /// </summary>
    public List<string>? Challenges { get; set; }

    /// <summary>Folder for accounts, keys and certificates. Default: the first entry of <c>$STATE_DIRECTORY</c>, else <c>&lt;local app data&gt;/&lt;application&gt;/acme</c>.</summary>
    public string? StateDirectory { get; set; }

    /// <summary>Where the state is kept, if not in that folder.</summary>
    public AcmeStoreOptions? Store { get; set; }

    /// <summary>The name whose certificate clients get that send no server name, where there is none for the address they came to. Default: the only address certificate.</summary>
    public string? DefaultName { get; set; }

    /// <summary>How many certificates are served from memory.</summary>
    public AcmeServingOptions? Serving { get; set; }

    /// <summary>What metrics say.</summary>
    public AcmeTelemetryOptions? Telemetry { get; set; }

    /// <summary>How http-01 probes are answered.</summary>
    public AcmeHttp01Options? Http01 { get; set; }

    /// <summary>
    /// <c>true</c> (default): before the first validation of a name without a certificate it is tried whether the name resolves and, for http-01, whether a request for the token comes back to this process; where not,
    /// the CA is asked some seconds later. <c>false</c>: it is asked at once.
    /// </summary>
    public string? Preflight { get; set; }

    /// <summary>A group that may read certificate keys.</summary>
    public string? KeyGroup { get; set; }

    /// <summary>Files that certificates are brought to, for other programs.</summary>
    public List<AcmeExportOptions>? Exports { get; set; }

    /// <summary>Who writes records into DNS, for dns-01: needed for wildcards.</summary>
    public AcmeDnsOptions? Dns { get; set; }

    /// <summary>When certificates are renewed.</summary>
    public AcmeRenewalOptions? Renewal { get; set; }

    /// <summary>How long an expired certificate that is wished no more is kept, as <c>days.hours:minutes:seconds</c>. Default <c>30.00:00:00</c>.</summary>
    public string? Keep { get; set; }

    /// <summary>
    /// How long after the server's start the first request to a CA waits, as <c>hours:minutes:seconds</c>; what is stored is served at once. Default none. For a load balancer that sends
    /// nobody, not even the CA's probes, before it has found the app healthy for a while.
    /// </summary>
    public string? StartDelay { get; set; }

    /// <summary>Who else is told of certificates: programs and webhooks.</summary>
    public AcmeHooksOptions? Hooks { get; set; }

    /// <summary>Names that nobody wished get a certificate when a visitor comes for them, if somebody says so. Default: none does.</summary>
    public AcmeOnDemandOptions? OnDemand { get; set; }

    /// <summary><c>Fallback</c> (default: a self-signed certificate) or <c>Reject</c> (the handshake is refused) for server names without a certificate.</summary>
    public string? UnknownHosts { get; set; }
}
