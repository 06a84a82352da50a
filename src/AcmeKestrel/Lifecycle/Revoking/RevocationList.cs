using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Lifecycle.Revoking;

/// <summary>A CA's list of revoked certificates (RFC 5280 section 5), read from its DER. Of its entries nothing is made: a list may have hundreds of thousands, and one is looked for.</summary>
internal sealed class RevocationList
{
    private const string ReasonCodeOid = "2.5.29.21";
    private const string CertificateIssuerOid = "2.5.29.29";
    private const string DeltaOid = "2.5.29.27";
    private const int RemovedFromList = 8;

    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0, isConstructed: true);

    private readonly ReadOnlyMemory<byte> _signed;
    private readonly string _algorithm;
    private readonly byte[] _signature;
    private readonly ReadOnlyMemory<byte> _entries;

    private RevocationList(ReadOnlyMemory<byte> signed, string algorithm, byte[] signature, ReadOnlyMemory<byte> issuer, DateTimeOffset? nextUpdate, ReadOnlyMemory<byte> entries) =>
        (_signed, _algorithm, _signature, Issuer, NextUpdate, _entries) = (signed, algorithm, signature, issuer, nextUpdate, entries);

    /// <summary>In bytes, which all stay in memory with it.</summary>
    public required int Size { get; init; }

    /// <summary>The name's DER.</summary>
    public ReadOnlyMemory<byte> Issuer { get; }

    /// <summary>When there will be another one; null where it does not say.</summary>
    public DateTimeOffset? NextUpdate { get; }

    /// <exception cref="FormatException">It is no such list, or only the changes to one.</exception>
    public static RevocationList Read(ReadOnlyMemory<byte> der)
    {
        try
        {
            var file = new AsnReader(der, AsnEncodingRules.DER);
            var list = file.ReadSequence();
            file.ThrowIfNotEmpty();
            var signed = list.PeekEncodedValue();
            var content = list.ReadSequence();
            var algorithm = list.ReadSequence().ReadObjectIdentifier();
            var signature = list.ReadBitString(out _);
            list.ThrowIfNotEmpty();

            if (content.PeekTag().HasSameClassAndValue(Asn1Tag.Integer)) content.ReadIntegerBytes();
            content.ReadSequence();
            var issuer = content.ReadEncodedValue();
            ReadTime(content);
            DateTimeOffset? nextUpdate = IsTime(content) ? ReadTime(content) : null;
            var entries = content.HasData && content.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence) ? content.ReadEncodedValue() : default;
            if (content.HasData && Has(content.ReadSequence(Extensions).ReadSequence(), DeltaOid)) throw new FormatException("It holds only the changes to another list.");

            return new RevocationList(signed, algorithm, signature, issuer, nextUpdate, entries) { Size = der.Length };
        }
        catch (AsnContentException damage)
        {
            throw new FormatException("It is no list of revoked certificates.", damage);
        }
    }

    /// <summary>Whether this CA has signed it: what comes by http may be anybody's.</summary>
    /// <param name="issuer">The CA's certificate, DER.</param>
    public bool IsSignedBy(ReadOnlyMemory<byte> issuer)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(issuer.Span);
            if (!certificate.SubjectName.RawData.AsSpan().SequenceEqual(Issuer.Span) || HashOf(_algorithm) is not { } hash) return false;

            using var rsa = certificate.GetRSAPublicKey();
            if (rsa is not null) return IsRsa(_algorithm) && rsa.VerifyData(_signed.Span, _signature, hash, RSASignaturePadding.Pkcs1);

            using var ec = certificate.GetECDsaPublicKey();
            return ec is not null && !IsRsa(_algorithm) && ec.VerifyData(_signed.Span, _signature, hash, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Whether a certificate of the list's issuer is revoked, and why; a reason that is for CAs alone, or none at all, is <see cref="AcmeRevocationReason.Unspecified"/>.</summary>
    /// <param name="serial">The content of the serial number's DER.</param>
    /// <exception cref="FormatException">An entry is damaged.</exception>
    public AcmeRevocationReason? Find(ReadOnlySpan<byte> serial)
    {
        if (_entries.IsEmpty) return null;

        try
        {
            var entries = Open(_entries.Span, out _);
            while (!entries.IsEmpty)
            {
                var entry = Open(entries, out var length);
                entries = entries[length..];

                var number = AsnDecoder.ReadIntegerBytes(entry, AsnEncodingRules.DER, out var consumed);
                var isIt = number.SequenceEqual(serial);
                entry = entry[consumed..];
                AsnDecoder.ReadEncodedValue(entry, AsnEncodingRules.DER, out _, out _, out consumed);
                entry = entry[consumed..];
                if (entry.IsEmpty && isIt) return AcmeRevocationReason.Unspecified;
                if (entry.IsEmpty) continue;

                var (reason, isOfAnother) = ReadExtensions(Open(entry, out _));

                // From here on the entries are another CA's (RFC 5280 section 5.3.3).
                if (isOfAnother) return null;
                if (isIt && reason != RemovedFromList) return ReasonOf(reason);
            }

            return null;
        }
        catch (AsnContentException damage)
        {
            throw new FormatException("It holds a damaged entry.", damage);
        }
    }

    private static (int Reason, bool IsOfAnother) ReadExtensions(ReadOnlySpan<byte> extensions)
    {
        var reason = 0;
        while (!extensions.IsEmpty)
        {
            var extension = Open(extensions, out var length);
            extensions = extensions[length..];
            var oid = AsnDecoder.ReadObjectIdentifier(extension, AsnEncodingRules.DER, out var consumed);
            extension = extension[consumed..];
            if (oid == CertificateIssuerOid) return (reason, IsOfAnother: true);
            if (oid != ReasonCodeOid) continue;

            if (!extension.IsEmpty && extension[0] == 0x01)
            {
                AsnDecoder.ReadBoolean(extension, AsnEncodingRules.DER, out consumed);
                extension = extension[consumed..];
            }

            var code = AsnDecoder.ReadEnumeratedBytes(AsnDecoder.ReadOctetString(extension, AsnEncodingRules.DER, out _), AsnEncodingRules.DER, out _);
            reason = code.Length == 1 ? code[0] : 0;
        }

        return (reason, IsOfAnother: false);
    }

    private static AcmeRevocationReason ReasonOf(int code) => Enum.IsDefined((AcmeRevocationReason)code) ? (AcmeRevocationReason)code : AcmeRevocationReason.Unspecified;

    /// <summary>What is in the SEQUENCE at the beginning.</summary>
    private static ReadOnlySpan<byte> Open(ReadOnlySpan<byte> der, out int length)
    {
        AsnDecoder.ReadSequence(der, AsnEncodingRules.DER, out var start, out var inside, out length);
        return der.Slice(start, inside);
    }

    private static bool Has(AsnReader extensions, string oid)
    {
        while (extensions.HasData)
        {
            if (extensions.ReadSequence().ReadObjectIdentifier() == oid) return true;
        }

        return false;
    }

    private static bool IsTime(AsnReader content) => content.HasData && (content.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) || content.PeekTag().HasSameClassAndValue(Asn1Tag.GeneralizedTime));

    /// <summary>Dates until 2049 have two digits of the year (RFC 5280 section 5.1.2.4).</summary>
    private static DateTimeOffset ReadTime(AsnReader content) =>
        content.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? content.ReadUtcTime(twoDigitYearMax: 2049) : content.ReadGeneralizedTime();

    private static bool IsRsa(string algorithm) => algorithm.StartsWith("1.2.840.113549.1.1.", StringComparison.Ordinal);

    /// <summary>RFC 4055 section 5 and RFC 5758 section 3.2; what is signed with SHA-1 proves nothing.</summary>
    private static HashAlgorithmName? HashOf(string algorithm) => algorithm switch
    {
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
        _ => null,
    };
}
