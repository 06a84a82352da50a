using System.Buffers.Binary;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Serving.Hellos;

/// <summary>What a ClientHello says of the keys that its client can verify. Pure; each list is null where the client sent none, which means that it has no objections.</summary>
internal ref struct AcceptedKeys
{
    private ReadOnlySpan<byte> _schemes;
    private ReadOnlySpan<byte> _groups;
    private bool _hasSchemes;
    private bool _hasGroups;
    private bool _offersTls13;

    /// <summary>supported_versions (RFC 8446 section 4.2.1).</summary>
    public bool TryReadVersions(ReadOnlySpan<byte> extension)
    {
        if (extension.Length < 1 || extension[0] != extension.Length - 1 || extension[0] % 2 != 0) return false;

        _offersTls13 = Contains(extension[1..], 0x0304);
        return true;
    }

    /// <summary>supported_groups (RFC 8446 section 4.2.7, RFC 8422 section 5.1.1).</summary>
    public bool TryReadGroups(ReadOnlySpan<byte> extension) => _hasGroups = TryReadList(extension, out _groups);

    /// <summary>signature_algorithms (RFC 8446 section 4.2.3).</summary>
    public bool TryReadSchemes(ReadOnlySpan<byte> extension) => _hasSchemes = TryReadList(extension, out _schemes);

    public readonly KeyFamily Of(ReadOnlySpan<byte> suites)
    {
        var (allowEcdsa, allowRsa) = Suites(suites);
        var accepted = allowRsa && (!_hasSchemes || OffersRsa(_schemes)) ? KeyFamily.Rsa : KeyFamily.None;
        if (!allowEcdsa) return accepted;

        if (Verifies(0x0403, 23)) accepted |= KeyFamily.P256;
        if (Verifies(0x0503, 24)) accepted |= KeyFamily.P384;
        if (Verifies(0x0603, 25)) accepted |= KeyFamily.P521;
        return accepted;
    }

    /// <summary>TLS 1.3 binds the curve to the scheme and lets the groups be for key exchange only; before, any hash goes with a curve, and the curve must be among the groups.</summary>
    private readonly bool Verifies(ushort scheme, ushort group)
    {
        var byScheme = !_hasSchemes || Contains(_schemes, scheme);
        if (_offersTls13 && byScheme) return true;

        return (byScheme || (!_offersTls13 && OffersEcdsa(_schemes))) && (!_hasGroups || Contains(_groups, group));
    }

    /// <summary>A TLS 1.3 suite says nothing about the key; below that the suite names it.</summary>
    private static (bool Ecdsa, bool Rsa) Suites(ReadOnlySpan<byte> suites)
    {
        var (ecdsa, rsa) = (false, false);
        for (; !suites.IsEmpty; suites = suites[2..])
        {
            switch (BinaryPrimitives.ReadUInt16BigEndian(suites))
            {
                case >= 0x1301 and <= 0x1305:
                    return (true, true);

                case 0xC02B or 0xC02C or 0xCCA9 or 0xC023 or 0xC024 or 0xC009 or 0xC00A or (>= 0xC0AC and <= 0xC0AF):
                    ecdsa = true;
                    break;

                // Signals that look like suites: RFC 5746 section 3.3, RFC 7507 section 2, RFC 8701.
                case 0x00FF or 0x5600:
                case var grease when (grease & 0x0F0F) == 0x0A0A && grease >> 8 == (grease & 0xFF):
                    break;

                default:
                    rsa = true;
                    break;
            }
        }

        return (ecdsa, rsa);
    }

    private static bool OffersRsa(ReadOnlySpan<byte> schemes)
    {
        for (; !schemes.IsEmpty; schemes = schemes[2..])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(schemes) is 0x0401 or 0x0501 or 0x0601 or 0x0201 or (>= 0x0804 and <= 0x0806)) return true;
        }

        return false;
    }

    private static bool OffersEcdsa(ReadOnlySpan<byte> schemes) => Contains(schemes, 0x0403) || Contains(schemes, 0x0503) || Contains(schemes, 0x0603) || Contains(schemes, 0x0203);

    private static bool TryReadList(ReadOnlySpan<byte> extension, out ReadOnlySpan<byte> list)
    {
        list = default;
        if (extension.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(extension) != extension.Length - 2 || extension.Length % 2 != 0) return false;

        list = extension[2..];
        return true;
    }

    private static bool Contains(ReadOnlySpan<byte> list, ushort wanted)
    {
        for (; !list.IsEmpty; list = list[2..])
        {
            if (BinaryPrimitives.ReadUInt16BigEndian(list) == wanted) return true;
        }

        return false;
    }
}
