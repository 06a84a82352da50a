using System.Buffers.Text;
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Certificates;

/// <summary>A leaf and the intermediates a CA sent with it, in the CA's order, as DER with the leaf's facts read out.</summary>
internal sealed record CertificateChain(
    ReadOnlyMemory<byte> Leaf,
    IReadOnlyList<ReadOnlyMemory<byte>> Intermediates,
    IReadOnlyList<AcmeIdentifier> Identifiers,
    KeyFamily KeyFamily,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter)
{
    private const string CertificateLabel = "CERTIFICATE";
    private const int MaxBytes = 256 * 1024;
    private const int MaxCertificates = 16;

    /// <summary>How long the certificate is valid from its first to its last moment.</summary>
    public TimeSpan Lifetime => NotAfter - NotBefore;

    /// <summary>Parses <c>application/pem-certificate-chain</c> (RFC 8555 section 9.1); tolerates CRLF, text between blocks and a missing last newline.</summary>
    /// <exception cref="FormatException">No certificate, a damaged one, more than 16, or more than 256 KiB.</exception>
    public static CertificateChain ParsePem(ReadOnlySpan<byte> pem)
    {
        if (pem.Length > MaxBytes) throw new FormatException($"The certificate chain has {pem.Length} bytes, more than {MaxBytes}.");

        var blocks = ReadBlocks(pem);
        try
        {
            using var leaf = X509CertificateLoader.LoadCertificate(blocks[0]);
            return new CertificateChain(
                leaf.RawData, [.. blocks.Skip(1).Select(Normalise)], SubjectNames.Of(leaf), FamilyOf(leaf), ToUtc(leaf.NotBefore), ToUtc(leaf.NotAfter));
        }
        catch (CryptographicException damage)
        {
            throw new FormatException("The certificate chain holds a damaged certificate.", damage);
        }
    }

    /// <summary>The same for a chain that was checked when it was stored: by its DER alone.</summary>
    /// <exception cref="FormatException">As above.</exception>
    public static CertificateChain ReadStored(ReadOnlySpan<byte> pem, out IReadOnlyList<CertificateDer> certificates)
    {
        if (pem.Length > MaxBytes) throw new FormatException($"The certificate chain has {pem.Length} bytes, more than {MaxBytes}.");

        var blocks = ReadBlocks(pem);
        certificates = [.. blocks.Select(block => CertificateDer.Read(block))];
        try
        {
            var leaf = certificates[0];
            var names = leaf.SubjectAlternativeNames is { } extension ? SubjectNames.Of(extension.Span) : [];
            return new CertificateChain(blocks[0], [.. blocks.Skip(1)], names, FamilyOf(leaf.PublicKey), leaf.NotBefore, leaf.NotAfter);
        }
        catch (Exception damage) when (damage is CryptographicException or AsnContentException)
        {
            throw new FormatException("The certificate chain holds a damaged certificate.", damage);
        }
    }

    /// <summary>The whole chain as PEM, leaf first.</summary>
    public string ToFullChainPem() => ToLeafPem() + ToIntermediatesPem();

    /// <summary>The leaf alone as PEM.</summary>
    public string ToLeafPem() => ToPem(Leaf);

    /// <summary>The intermediates alone as PEM; empty where there are none.</summary>
    public string ToIntermediatesPem() => string.Concat(Intermediates.Select(ToPem));

    private static string ToPem(ReadOnlyMemory<byte> der) => PemEncoding.WriteString(CertificateLabel, der.Span) + "\n";

    private static List<byte[]> ReadBlocks(ReadOnlySpan<byte> pem)
    {
        // The PEM reader skips what it cannot read; a chain with a hole must not pass for a shorter one.
        var expected = Math.Max(pem.Count("-----BEGIN "u8), pem.Count("-----END "u8));
        if (expected == 0) throw new FormatException("The certificate chain holds no certificate.");
        if (expected > MaxCertificates) throw new FormatException($"The certificate chain holds {expected} certificates, more than {MaxCertificates}.");

        var blocks = new List<byte[]>(expected);
        while (PemEncoding.TryFindUtf8(pem, out var fields))
        {
            if (!pem[fields.Label].SequenceEqual("CERTIFICATE"u8)) throw new FormatException("The certificate chain holds something else than certificates.");

            var der = new byte[fields.DecodedDataLength];
            _ = Base64.DecodeFromUtf8(pem[fields.Base64Data], der, out _, out _);
            blocks.Add(der);
            pem = pem[fields.Location.End..];
        }

        return blocks.Count == expected ? blocks : throw new FormatException("The certificate chain holds a damaged PEM block.");
    }

    /// <summary>Bytes that are no certificate throw; the loader also takes PEM within PEM, and only DER is kept.</summary>
    private static ReadOnlyMemory<byte> Normalise(byte[] der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return certificate.RawData;
    }

    private static KeyFamily FamilyOf(X509Certificate2 leaf) => FamilyOf(leaf.PublicKey.Oid.Value, leaf.PublicKey.EncodedParameters?.RawData);

    private static KeyFamily FamilyOf(ReadOnlyMemory<byte> publicKey)
    {
        var algorithm = new AsnReader(publicKey, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        var kind = algorithm.ReadObjectIdentifier();
        return FamilyOf(kind, algorithm.HasData ? algorithm.ReadEncodedValue().Span : default);
    }

    private static KeyFamily FamilyOf(string? kind, ReadOnlySpan<byte> parameters) => kind switch
    {
        CertificateKey.RsaOid => KeyFamily.Rsa,
        CertificateKey.EcOid => CurveOf(parameters),
        _ => throw new FormatException($"The certificate has a key of an unknown kind ({kind})."),
    };

    /// <summary>The parameters are the curve's OID (RFC 5480 section 2.1.1).</summary>
    private static KeyFamily CurveOf(ReadOnlySpan<byte> parameters) => parameters switch
    {
        [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07] => KeyFamily.P256,
        [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22] => KeyFamily.P384,
        [0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x23] => KeyFamily.P521,
        _ => KeyFamily.OtherCurve,
    };

    private static DateTimeOffset ToUtc(DateTime local) => new(local.ToUniversalTime());
}
