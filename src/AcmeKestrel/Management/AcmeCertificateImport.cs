namespace AcmeKestrel;

/// <summary>A certificate that another program obtained, to be served and renewed here (<see cref="IAcmeCertificates.ImportAsync"/>).</summary>
public sealed class AcmeCertificateImport
{
    /// <summary>A certificate with its key.</summary>
    /// <param name="label">The certificate that it becomes.</param>
    /// <param name="certificatePem">The leaf, then the certificates between it and the root.</param>
    /// <param name="privateKeyPem">Unencrypted: PKCS#8, PKCS#1 or SEC 1.</param>
    public AcmeCertificateImport(string label, string certificatePem, string privateKeyPem)
    {
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(certificatePem);
        ArgumentNullException.ThrowIfNull(privateKeyPem);
        (Label, CertificatePem, PrivateKeyPem) = (label, certificatePem, privateKeyPem);
    }

    /// <summary>The certificate that it becomes.</summary>
    public string Label { get; }

    /// <summary>The leaf, then the certificates between it and the root.</summary>
    public string CertificatePem { get; }

    /// <summary>Its key.</summary>
    public string PrivateKeyPem { get; }

    /// <summary>The CA that issued it, by its name in the configuration or a built-in one; null = the default one.</summary>
    public string? Provider { get; init; }

    /// <summary>The mail address of the account that is to renew it; null = the default one.</summary>
    public string? Email { get; init; }

    /// <summary>The account that it was ordered with, where that is known.</summary>
    public string? AccountUrl { get; init; }
}
