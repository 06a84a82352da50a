using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>A certificate with its key, as it came.</summary>
internal sealed class IssuedCertificate(AcmeOrder order, ECDsa key, AcmeCertificateDownload download) : IDisposable
{
    public AcmeOrder Order { get; } = order;

    public AcmeCertificateDownload Download { get; } = download;

    /// <summary>The leaf.</summary>
    public X509Certificate2 Certificate { get; } = download.Certificates()[0];

    /// <summary>The leaf as the protocol client takes it.</summary>
    public ReadOnlyMemory<byte> Der => Certificate.RawDataMemory;

    /// <summary>Its renewal-info id.</summary>
    public string RenewalId => AcmeRenewalInfo.IdOf(Der)!;

    /// <summary>Its key as a signer of requests.</summary>
    public AcmeAccountKey NewSigner() => AcmeAccountKey.FromPem(key.ExportPkcs8PrivateKeyPem());

    public void Dispose()
    {
        Certificate.Dispose();
        key.Dispose();
    }
}
