using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Challenges;

/// <summary>Makes a certificate with a key usable for TLS on this platform.</summary>
internal static class TlsCertificate
{
    /// <summary>A certificate that outlives <paramref name="certificate"/>. SChannel cannot use a key that lives in memory only: there it takes a detour over PKCS#12.</summary>
    public static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        if (!OperatingSystem.IsWindows()) return new X509Certificate2(certificate);

        var encryption = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 1);
        return X509CertificateLoader.LoadPkcs12(certificate.ExportPkcs12(encryption, password: null), password: null);
    }
}
