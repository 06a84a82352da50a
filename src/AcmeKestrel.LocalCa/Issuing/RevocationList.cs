using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>An X.509 v2 CRL (RFC 5280 section 5) of the intermediate. Its name and key are the same in every chain, so one list serves all.</summary>
internal static class RevocationList
{
    /// <summary>A day: the CA makes a new one for each who asks.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(1);

    public static byte[] Sign(X509Certificate2 issuer, IEnumerable<IssuedCertificate> revoked, BigInteger number, DateTimeOffset now)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var certificate in revoked) list.AddEntry(Convert.FromHexString(certificate.SerialNumber), certificate.Revocation!.At, Reason(certificate.Revocation.Reason));
        return list.Build(issuer, number, now + Lifetime, HashAlgorithmName.SHA256, thisUpdate: now);
    }

    /// <summary>Section 5.3.1: unspecified is left out; removeFromCRL is for delta lists and aACompromise for attribute certificates, so those entries show no reason either.</summary>
    private static X509RevocationReason? Reason(int? reason) => reason is null or 0 or 8 or 10 ? null : (X509RevocationReason)reason;
}
