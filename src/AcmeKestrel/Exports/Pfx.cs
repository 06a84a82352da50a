using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Exports;

/// <summary>A generation as PKCS #12 (RFC 7292): key and whole chain, encrypted as Windows since 2019, OpenSSL and Java since 8u301 read it.</summary>
internal static class Pfx
{
    private const int Iterations = 10_000;

    /// <summary>.NET's own bounds of what a hostile file may cost, with one key and no more certificates than a chain has.</summary>
    private static readonly Pkcs12LoaderLimits Limits = new(Pkcs12LoaderLimits.Defaults) { MaxKeys = 1, MaxCertificates = 17 };

    public static byte[] Of(Generation generation, string? password)
    {
        using var key = CertificateKey.Open(generation.PrivateKeyPkcs8.Span);
        using var bare = X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
        var chain = new X509Certificate2Collection(key is RSA rsa ? bare.CopyWithPrivateKey(rsa) : bare.CopyWithPrivateKey((ECDsa)key));
        try
        {
            foreach (var intermediate in generation.Chain.Intermediates) chain.Add(X509CertificateLoader.LoadCertificate(intermediate.Span));
            return chain.ExportPkcs12(new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations), password);
        }
        finally
        {
            foreach (var certificate in chain) certificate.Dispose();
        }
    }

    /// <summary>Salts make each pfx another one: what counts is what is inside, under this password.</summary>
    public static bool Holds(ReadOnlySpan<byte> file, Generation generation, string? password)
    {
        X509Certificate2Collection found;
        try
        {
            // No key of it stays anywhere; macOS takes none without its keychain, and Kestrel does it so, too.
            found = X509CertificateLoader.LoadPkcs12Collection(file, password, OperatingSystem.IsMacOS() ? X509KeyStorageFlags.DefaultKeySet : X509KeyStorageFlags.EphemeralKeySet, Limits);
        }
        catch (CryptographicException)
        {
            return false;
        }

        try
        {
            var chain = generation.Chain.Intermediates.Prepend(generation.Chain.Leaf).ToList();
            return found.Count == chain.Count && chain.TrueForAll(der => found.Any(certificate => certificate.RawDataMemory.Span.SequenceEqual(der.Span)))
                && found.Any(certificate => certificate.HasPrivateKey && certificate.RawDataMemory.Span.SequenceEqual(generation.Chain.Leaf.Span));
        }
        finally
        {
            foreach (var certificate in found) certificate.Dispose();
        }
    }
}
