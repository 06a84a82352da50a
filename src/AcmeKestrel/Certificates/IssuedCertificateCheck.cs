using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Certificates;

/// <summary>What is checked before a certificate is committed: the key matches, the names cover the order, the chain hangs together (RFC 8555 section 7.4.2).</summary>
internal static class IssuedCertificateCheck
{
    private const string OtherKey = "The certificate is for another key than ours.";

    /// <summary>Null when the chain may be kept, else a sentence that says what is wrong. Dates are never a reason to throw a certificate away: see <see cref="DateWarning"/>.</summary>
    public static string? FindFault(CertificateChain chain, ReadOnlySpan<byte> privateKeyPkcs8, IReadOnlyCollection<AcmeIdentifier> ordered)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(chain.Leaf.Span);
        if (!IsKeyOf(leaf, privateKeyPkcs8)) return OtherKey;

        var missing = ordered.Except(chain.Identifiers).ToList();
        if (missing.Count > 0) return $"The certificate lacks {string.Join(", ", missing)}.";

        return FindGap(leaf, chain.Intermediates);
    }

    /// <summary>The same for a chain that was checked when it was stored, by its DER alone.</summary>
    public static string? FindStoredFault(CertificateChain chain, IReadOnlyList<CertificateDer> certificates, ReadOnlyMemory<byte> privateKeyPkcs8)
    {
        if (KeyMatch.Test(privateKeyPkcs8, certificates[0].PublicKey) is not { } isKey) return FindFault(chain, privateKeyPkcs8.Span, []);
        if (!isKey) return OtherKey;

        for (var place = 1; place < certificates.Count; place++)
        {
            if (!certificates[place - 1].Issuer.Span.SequenceEqual(certificates[place].Subject.Span)) return FindFault(chain, privateKeyPkcs8.Span, []) ?? "The chain has a gap.";
        }

        return null;
    }

    /// <summary>A sentence when the leaf is not valid at <paramref name="now"/> (a CA's or our clock is wrong), else null.</summary>
    public static string? DateWarning(CertificateChain chain, DateTimeOffset now)
    {
        if (now < chain.NotBefore) return $"The certificate is valid only from {chain.NotBefore:u}, and it is {now:u}: is a clock wrong?";
        return now > chain.NotAfter ? $"The certificate expired at {chain.NotAfter:u}, and it is {now:u}." : null;
    }

    private static bool IsKeyOf(X509Certificate2 leaf, ReadOnlySpan<byte> privateKeyPkcs8)
    {
        try
        {
            using var key = CertificateKey.Open(privateKeyPkcs8);
            return key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(leaf.PublicKey.ExportSubjectPublicKeyInfo());
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>RFC 8555 section 9.1: each certificate is followed by the one that certifies it.</summary>
    private static string? FindGap(X509Certificate2 leaf, IReadOnlyList<ReadOnlyMemory<byte>> intermediates)
    {
        var (issuer, place) = (leaf.IssuerName, 1);
        foreach (var der in intermediates)
        {
            using var next = X509CertificateLoader.LoadCertificate(der.Span);
            if (!issuer.RawData.AsSpan().SequenceEqual(next.SubjectName.RawData))
            {
                return $"The chain has a gap: certificate {place} was issued by '{Show(issuer)}', and '{Show(next.SubjectName)}' follows.";
            }

            (issuer, place) = (next.IssuerName, place + 1);
        }

        return null;
    }

    /// <summary>A name in a certificate may hold line breaks, and be as long as the whole chain.</summary>
    private static string Show(X500DistinguishedName name) => PlainText.Of(name.Name, 200);
}
