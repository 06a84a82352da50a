using System.Buffers.Text;
using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace AcmeKestrel.Certificates;

/// <summary>Makes certificate keys and the CSRs they sign.</summary>
internal static class CertificateKey
{
    /// <summary>RFC 3279 section 2.3.1.</summary>
    public const string RsaOid = "1.2.840.113549.1.1.1";

    /// <summary>RFC 5480 section 2.1.1.</summary>
    public const string EcOid = "1.2.840.10045.2.1";

    /// <summary>A new key as PKCS#8 DER.</summary>
    public static byte[] Create(AcmeKeyType type)
    {
        using AsymmetricAlgorithm key = type switch
        {
            AcmeKeyType.P256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            AcmeKeyType.P384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            AcmeKeyType.Rsa2048 => RSA.Create(2048),
            AcmeKeyType.Rsa3072 => RSA.Create(3072),
            AcmeKeyType.Rsa4096 => RSA.Create(4096),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
        };
        return key.ExportPkcs8PrivateKey();
    }

    /// <summary>A PKCS#10 request with an empty subject and exactly these names (RFC 8555 section 7.4).</summary>
    public static byte[] CreateSigningRequest(ReadOnlySpan<byte> privateKeyPkcs8, IReadOnlyCollection<AcmeIdentifier> identifiers)
    {
        // A common name has at most 64 characters and is no longer read by anyone.
        var noSubject = new X500DistinguishedName("");
        using var key = Open(privateKeyPkcs8);
        var request = key is RSA rsa
            ? new CertificateRequest(noSubject, rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(noSubject, (ECDsa)key, key.KeySize > 256 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256);

        var names = new SubjectAlternativeNameBuilder();
        foreach (var identifier in identifiers)
        {
            if (identifier.Type == AcmeIdentifierType.Ip) names.AddIpAddress(IPAddress.Parse(identifier.Value));
            else names.AddDnsName(identifier.Value);
        }

        request.CertificateExtensions.Add(names.Build());
        return request.CreateSigningRequest();
    }

    /// <summary>The key as PKCS#8 PEM (RFC 7468 section 10).</summary>
    public static string ToPem(ReadOnlySpan<byte> privateKeyPkcs8) => PemEncoding.WriteString("PRIVATE KEY", privateKeyPkcs8) + "\n";

    /// <summary>PKCS#8 DER out of PEM.</summary>
    /// <exception cref="FormatException">No unencrypted PKCS#8, SEC 1 or PKCS#1 key in it.</exception>
    public static byte[] FromPem(ReadOnlySpan<byte> pem)
    {
        while (PemEncoding.TryFindUtf8(pem, out var fields))
        {
            if (ReadBlock(Encoding.ASCII.GetString(pem[fields.Label]), pem[fields.Base64Data]) is { } key) return key;
            pem = pem[fields.Location.End..];
        }

        throw new FormatException("There is no unencrypted private key in the PEM text.");
    }

    /// <summary>The same for a key that was checked when it was stored: one in PKCS#8 is not opened.</summary>
    /// <exception cref="FormatException">As above.</exception>
    public static byte[] ReadStored(ReadOnlySpan<byte> pem)
    {
        if (!PemEncoding.TryFindUtf8(pem, out var fields) || !pem[fields.Label].SequenceEqual("PRIVATE KEY"u8)) return FromPem(pem);

        var der = new byte[fields.DecodedDataLength];
        _ = Base64.DecodeFromUtf8(pem[fields.Base64Data], der, out _, out _);
        try
        {
            return AlgorithmOf(der) is RsaOid or EcOid ? der : throw new FormatException("The private key is of an unknown kind.");
        }
        catch (CryptographicException damage)
        {
            throw new FormatException("The private key is damaged.", damage);
        }
    }

    /// <summary>The key behind PKCS#8 DER: an <see cref="RSA"/> or an <see cref="ECDsa"/>, which the caller disposes.</summary>
    /// <exception cref="CryptographicException">The bytes are no such key.</exception>
    public static AsymmetricAlgorithm Open(ReadOnlySpan<byte> privateKeyPkcs8)
    {
        AsymmetricAlgorithm key = AlgorithmOf(privateKeyPkcs8) switch
        {
            // By name: what Create gives hides its handle, and a certificate that is to have the key would have it opened once more.
            RsaOid => OperatingSystem.IsLinux() ? new RSAOpenSsl() : RSA.Create(),
            EcOid => OperatingSystem.IsLinux() ? new ECDsaOpenSsl() : ECDsa.Create(),
            var other => throw new CryptographicException($"The private key is of an unknown kind ({other})."),
        };
        try
        {
            key.ImportPkcs8PrivateKey(privateKeyPkcs8, out _);
            return key;
        }
        catch (PlatformNotSupportedException unknown)
        {
            key.Dispose();
            throw new CryptographicException("The private key is on a curve that this system does not know.", unknown);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>RFC 5958 section 2: version, then the algorithm.</summary>
    private static string AlgorithmOf(ReadOnlySpan<byte> pkcs8)
    {
        try
        {
            AsnDecoder.ReadSequence(pkcs8, AsnEncodingRules.BER, out var start, out var length, out _);
            var info = pkcs8.Slice(start, length);
            AsnDecoder.ReadIntegerBytes(info, AsnEncodingRules.BER, out var versionLength);
            info = info[versionLength..];
            AsnDecoder.ReadSequence(info, AsnEncodingRules.BER, out start, out length, out _);
            return AsnDecoder.ReadObjectIdentifier(info.Slice(start, length), AsnEncodingRules.BER, out _);
        }
        catch (AsnContentException damage)
        {
            throw new CryptographicException("The private key is damaged.", damage);
        }
    }

    /// <summary>Null for blocks that hold no key, such as the parameters openssl writes before an EC key.</summary>
    private static byte[]? ReadBlock(string label, ReadOnlySpan<byte> base64)
    {
        if (label is not ("PRIVATE KEY" or "EC PRIVATE KEY" or "RSA PRIVATE KEY")) return null;

        try
        {
            var der = Convert.FromBase64String(Encoding.ASCII.GetString(base64));
            using var key = label switch
            {
                "EC PRIVATE KEY" => ImportEc(der),
                "RSA PRIVATE KEY" => ImportRsa(der),
                _ => Open(der),
            };
            return key.ExportPkcs8PrivateKey();
        }
        catch (Exception damage) when (damage is CryptographicException or PlatformNotSupportedException)
        {
            throw new FormatException("The private key is damaged, or on a curve that this system does not know.", damage);
        }
    }

    private static ECDsa ImportEc(byte[] sec1)
    {
        var key = ECDsa.Create();
        key.ImportECPrivateKey(sec1, out _);
        return key;
    }

    private static RSA ImportRsa(byte[] pkcs1)
    {
        var key = RSA.Create();
        key.ImportRSAPrivateKey(pkcs1, out _);
        return key;
    }
}
