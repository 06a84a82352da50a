using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>Certificates that answer tls-alpn-01 (RFC 8737 section 3), and some that almost do.</summary>
internal static class ChallengeCertificate
{
    public static X509Certificate2 Create(string[] names, string keyAuthorization, bool critical = true, string oid = "1.3.6.1.5.5.7.1.31", bool selfSigned = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=challenge", key, HashAlgorithmName.SHA256);
        var san = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address)) san.AddIpAddress(address);
            else san.AddDnsName(name);
        }

        request.CertificateExtensions.Add(san.Build());
        request.CertificateExtensions.Add(new X509Extension(oid, [0x04, 0x20, .. SHA256.HashData(Encoding.ASCII.GetBytes(keyAuthorization))], critical));

        var (from, to) = (DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        if (selfSigned) return request.CreateSelfSigned(from, to);

        // The issuer's name is right, its key is not.
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var forged = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(other), from, to, [1]);
        return forged.CopyWithPrivateKey(key);
    }
}
