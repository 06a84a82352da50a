using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Lifecycle.Revoking;

/// <summary>
/// A CA's list of revoked certificates (RFC 5280 section 5), read from its DER once: it may have hundreds of thousands of entries, and a hundred thousand certificates may be looked for in it, so a look costs neither a walk over
/// them nor another check of the signature. Of an entry no more is kept than where it stands. For one caller at a time.
/// </summary>
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

    /// <summary>A hash of each serial number and where its entry begins, sorted.</summary>
    private readonly ulong[] _index;

    /// <summary>Who turned out to have signed it.</summary>
    private ReadOnlyMemory<byte> _signer;

    private RevocationList(ReadOnlyMemory<byte> signed, string algorithm, byte[] signature, ReadOnlyMemory<byte> issuer, DateTimeOffset? nextUpdate, ReadOnlyMemory<byte> entries) =>
        (_signed, _algorithm, _signature, Issuer, NextUpdate, _entries, _index) = (signed, algorithm, signature, issuer, nextUpdate, entries, IndexOf(entries.Span));

    /// <summary>In bytes, which all stay in memory with it.</summary>
    public int Size => _signed.Length + _signature.Length + (_index.Length * sizeof(ulong));

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
            var entries = content.HasData && content.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence) ? Inside(content.ReadEncodedValue()) : default;
            if (content.HasData && Has(content.ReadSequence(Extensions).ReadSequence(), DeltaOid)) throw new FormatException("It holds only the changes to another list.");

            return new RevocationList(signed, algorithm, signature, issuer, nextUpdate, entries);
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
        if (!_signer.IsEmpty && _signer.Span.SequenceEqual(issuer.Span)) return true;
        if (!Verify(issuer)) return false;

        _signer = issuer;
        return true;
    }

    private bool Verify(ReadOnlyMemory<byte> issuer)
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
    public AcmeRevocationReason? Find(ReadOnlySpan<byte> serial)
    {
        var first = Key(serial, 0);
        var at = Array.BinarySearch(_index, first);
        for (at = at < 0 ? ~at : at; at < _index.Length && _index[at] >> 32 == first >> 32; at++)
        {
            var entry = Entry.Read(_entries.Span[(int)(uint)_index[at]..]);
            if (entry.Serial.SequenceEqual(serial) && entry.Reason != RemovedFromList) return ReasonOf(entry.Reason);
        }

        return null;
    }

    private static ulong[] IndexOf(ReadOnlySpan<byte> entries)
    {
        var index = new List<ulong>();
        for (var offset = 0; offset < entries.Length;)
        {
            var entry = Entry.Read(entries[offset..]);

            // From here on the entries are another CA's (RFC 5280 section 5.3.3).
            if (entry.IsOfAnother) break;
            index.Add(Key(entry.Serial, offset));
            offset += entry.Length;
        }

        var sorted = index.ToArray();
        Array.Sort(sorted);
        return sorted;
    }

    /// <summary>Seeded anew in each process: no CA can choose serial numbers that fall together.</summary>
    private static ulong Key(ReadOnlySpan<byte> serial, int offset)
    {
        var hash = default(HashCode);
        hash.AddBytes(serial);
        return ((ulong)(uint)hash.ToHashCode() << 32) | (uint)offset;
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

    private static ReadOnlyMemory<byte> Inside(ReadOnlyMemory<byte> sequence)
    {
        AsnDecoder.ReadSequence(sequence.Span, AsnEncodingRules.DER, out var start, out var length, out _);
        return sequence.Slice(start, length);
    }

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

    private readonly ref struct Entry
    {
        public ReadOnlySpan<byte> Serial { get; private init; }

        /// <summary>Zero where it says none.</summary>
        public int Reason { get; private init; }

        public bool IsOfAnother { get; private init; }

        /// <summary>In bytes, of all of it.</summary>
        public int Length { get; private init; }

        public static Entry Read(ReadOnlySpan<byte> der)
        {
            var rest = Open(der, out var length);
            var serial = AsnDecoder.ReadIntegerBytes(rest, AsnEncodingRules.DER, out var consumed);
            rest = rest[consumed..];
            AsnDecoder.ReadEncodedValue(rest, AsnEncodingRules.DER, out _, out _, out consumed);
            rest = rest[consumed..];
            var (reason, isOfAnother) = rest.IsEmpty ? default : ReadExtensions(Open(rest, out _));
            return new Entry { Serial = serial, Reason = reason, IsOfAnother = isOfAnother, Length = length };
        }
    }
}
