namespace AcmeKestrel.LocalCa;

/// <summary>The configuration section <c>LocalCa</c>. Values are text; a bad one stops the start with a message that names its key.</summary>
public sealed class LocalCaOptions
{
    /// <summary>The section this binds to: <c>LocalCa</c>.</summary>
    public const string SectionName = "LocalCa";

    /// <summary><c>true</c> or <c>false</c>; by default it runs in the Development environment only.</summary>
    public string? Enabled { get; set; }

    /// <summary>Where its directory is served: https on a loopback address. Default <c>https://127.0.0.1:14443/directory</c>; port 0 takes a free one.</summary>
    public string? Url { get; set; }

    /// <summary>The loopback port that http-01 is validated at. Default: the application's own first http port.</summary>
    public string? HttpPort { get; set; }

    /// <summary>The loopback port that tls-alpn-01 is validated at. Default: the application's own first https port.</summary>
    public string? TlsPort { get; set; }

    /// <summary>Where root and intermediate are kept. Default <c>local-ca</c> in the state directory.</summary>
    public string? Directory { get; set; }

    /// <summary>Validity of the certificates, as a time span such as <c>90.00:00:00</c> (the default) or <c>01:00:00</c>.</summary>
    public string? CertificateLifetime { get; set; }

    /// <summary><c>true</c>: the same account ordering the same names gets its pending or ready order again, as Let's Encrypt does. Default <c>false</c>.</summary>
    public string? OrderReuse { get; set; }

    /// <summary><c>true</c>: a valid authorization serves later orders of the same account. Default <c>false</c>.</summary>
    public string? AuthorizationReuse { get; set; }
}
