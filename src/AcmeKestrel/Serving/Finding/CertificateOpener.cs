using System.Security.Cryptography;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving.Finding;

/// <summary>Makes certificates ready for TLS. One that the platform cannot use is left aside for a while, which is said, and so is whoever has it in store told.</summary>
internal sealed class CertificateOpener(TlsContexts contexts, LoadedCertificates loaded, TimeProvider time, ILogger<CertificateOpener> logger, ICertificateSource? source = null)
{
    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);

    /// <summary>False: it is broken.</summary>
    public bool TryOpen(ServedCertificate certificate, Generation generation)
    {
        try
        {
            certificate.Load(contexts.Open(generation), loaded.KeepsBytes);
            return true;
        }
#pragma warning disable CA1031 // Whatever a platform says of it: it cannot be used.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            if (fault is CryptographicException or ArgumentException) source?.Reject(certificate.Facts);
            Break(certificate, fault);
            return false;
        }
    }

    /// <summary>Whatever is wrong with it: the name's other certificates, or what unknown names get, are better than a failing handshake.</summary>
    public void Break(ServedCertificate certificate, Exception fault)
    {
        certificate.Break(time.GetUtcNow());
        _log.CertificateUnusable(certificate.Facts.Label, certificate.Facts.Generation, fault);
    }
}
