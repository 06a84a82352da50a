using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Challenges;

namespace AcmeKestrel.Serving;

/// <summary>The self-signed certificate for names that have none: one for the process, made when it is first needed.</summary>
internal sealed class FallbackCertificate(TimeProvider time)
{
    private readonly Lazy<X509Certificate2> _certificate = new(() => Create(time.GetUtcNow()));

    public X509Certificate2 Certificate => _certificate.Value;

    private static X509Certificate2 Create(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=AcmeKestrel fallback", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("fallback.invalid");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));

        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        return TlsCertificate.Usable(certificate);
    }
}
