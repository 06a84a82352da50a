namespace AcmeKestrel;

/// <summary>A certificate: <c>Acme:Certificates:&lt;label&gt;</c>.</summary>
public sealed class AcmeCertificateOptions
{
    /// <summary>The names it is for. Default: the label alone.</summary>
    public List<string>? Names { get; set; }

    /// <summary>As <see cref="AcmeOptions.Provider"/>, for this certificate.</summary>
    public string? Provider { get; set; }

    /// <summary>As <see cref="AcmeOptions.FallbackProviders"/>, for this certificate.</summary>
    public List<string>? FallbackProviders { get; set; }

    /// <summary>As <see cref="AcmeOptions.Email"/>, for this certificate.</summary>
    public string? Email { get; set; }

    /// <summary>As <see cref="AcmeOptions.KeyType"/>, for this certificate.</summary>
    public string? KeyType { get; set; }

    /// <summary>The certificate profile to ask for.</summary>
    public string? Profile { get; set; }

    /// <summary>As <see cref="AcmeProviderOptions.RequireProfile"/>, for this certificate.</summary>
    public string? RequireProfile { get; set; }

    /// <summary>As <see cref="AcmeProviderOptions.PreferredChain"/>, for this certificate: the older root for the clients of one name.</summary>
    public string? PreferredChain { get; set; }

    /// <summary>As <see cref="AcmeOptions.ReuseKey"/>, for this certificate.</summary>
    public string? ReuseKey { get; set; }

    /// <summary>As <see cref="AcmeOptions.Challenges"/>, for this certificate.</summary>
    public List<string>? Challenges { get; set; }

    /// <summary>The DNS provider that writes the records of its names: a name of <see cref="AcmeDnsOptions.Providers"/>.</summary>
    public string? Dns { get; set; }

    /// <summary>As <see cref="AcmeOptions.IncludeBareDomain"/>, for this certificate.</summary>
    public string? IncludeBareDomain { get; set; }
}
