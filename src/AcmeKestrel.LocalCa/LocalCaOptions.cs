namespace AcmeKestrel.LocalCa;

/// <summary>The configuration section <c>LocalCa</c>. Values are text as they stand in the configuration; all are checked at start.</summary>
public sealed class LocalCaOptions
{
    /// <summary>The section this binds to: <c>LocalCa</c>.</summary>
    public const string SectionName = "LocalCa";

    /// <summary><c>true</c> or <c>false</c>. Default: only in the Development environment.</summary>
    public string? Enabled { get; set; }

    /// <summary>The directory's https URL on a loopback address. Default <c>https://127.0.0.1:14443/directory</c>; port 0 takes a free one.</summary>
    public string? Url { get; set; }

    /// <summary>Where http-01 is probed. Default: the first http port that the app listens on.</summary>
    public string? HttpPort { get; set; }

    /// <summary>Where tls-alpn-01 is probed. Default: the first https port that the app listens on.</summary>
    public string? TlsPort { get; set; }

    /// <summary><c>true</c>: a pending or ready order of the same account for the same names is returned again, as Let's Encrypt does. Default <c>false</c>.</summary>
    public string? OrderReuse { get; set; }

    /// <summary>For how long a proven name needs no new proof, such as <c>07:00:00</c>. Default zero.</summary>
    public string? AuthorizationReuse { get; set; }

    /// <summary>How long a certificate lives, such as <c>90.00:00:00</c> (default) or <c>01:00:00</c>.</summary>
    public string? CertificateLifetime { get; set; }

    /// <summary>What orders may name as their profile, each with its certificates' lifetime, such as <c>Profiles:shortlived</c> = <c>6.00:00:00</c>. Default: none.</summary>
    public Dictionary<string, string?>? Profiles { get; set; }

    /// <summary>External accounts that registrations can be bound to: base64url MAC keys (without padding) by their key id. Default none. Each registers one account while the CA runs.</summary>
    public Dictionary<string, string>? ExternalAccounts { get; set; }

    /// <summary><c>true</c>: nobody registers without one of <see cref="ExternalAccounts"/>. Default <c>false</c>.</summary>
    public string? ExternalAccountRequired { get; set; }

    /// <summary>The resolver that is asked for dns-01: a loopback address with its port, such as <c>127.0.0.1:8053</c>. Default none: neither dns-01 nor wildcards are offered.</summary>
    public string? DnsServer { get; set; }

    /// <summary><c>true</c>: names are offered <c>dns-account-01</c> too; needs <see cref="DnsServer"/>. Default <c>false</c>.</summary>
    public string? OfferDnsAccount01 { get; set; }

    /// <summary><c>true</c>: names are offered <c>dns-persist-01</c> too; needs <see cref="DnsServer"/>. Default <c>false</c>.</summary>
    public string? OfferDnsPersist01 { get; set; }

    /// <summary>Folder of the root and the intermediate. Default: <c>local-ca</c> in the state directory.</summary>
    public string? Directory { get; set; }
}
