using System.Buffers.Binary;
using System.Text;

namespace AcmeKestrel.Serving.Hellos;

/// <summary>Reads a whole ClientHello message (RFC 8446 section 4.1.2). False for anything that breaks its grammar.</summary>
internal static class ClientHelloBody
{
    private const int Version = 2;
    private const ushort ServerNameExtension = 0;
    private const ushort GroupsExtension = 10;
    private const ushort SignatureAlgorithmsExtension = 13;
    private const ushort AlpnExtension = 16;
    private const ushort VersionsExtension = 43;

    /// <summary>With the dot of the root; what is longer is not even made a text.</summary>
    private const int MaxNameBytes = 254;

    public static bool TryRead(ReadOnlySpan<byte> message, out ClientHello hello)
    {
        hello = default;
        var body = new Reader(message);
        if (!body.TryTake(Version, out _) || !body.TryTake(HelloRandom.Length, out var random) || !body.TryTakeVector8(out var session) || session.Length > 32) return false;
        if (!body.TryTakeVector16(out var suites) || suites.Length < 2 || suites.Length % 2 != 0) return false;
        if (!body.TryTakeVector8(out var compressions) || compressions.IsEmpty) return false;

        // TLS 1.2 allows a hello without extensions.
        ReadOnlySpan<byte> extensions = default;
        if (!body.IsEmpty && !body.TryTakeVector16(out extensions)) return false;

        if (!body.IsEmpty || !TryReadExtensions(extensions, suites, out hello)) return false;

        hello = hello with { Random = HelloRandom.Read(random) };
        return true;
    }

    private static bool TryReadExtensions(ReadOnlySpan<byte> extensions, ReadOnlySpan<byte> suites, out ClientHello hello)
    {
        hello = default;
        string? serverName = null;
        var isAcme = false;
        var keys = default(AcceptedKeys);
        long seen = 0;
        for (var rest = new Reader(extensions); !rest.IsEmpty;)
        {
            if (!rest.TryTakeUInt16(out var type) || !rest.TryTakeVector16(out var content)) return false;
            if (type is not (ServerNameExtension or GroupsExtension or SignatureAlgorithmsExtension or AlpnExtension or VersionsExtension)) continue;

            // RFC 8446 section 4.2: never twice. TLS itself must not see another one than we do.
            if ((seen & (1L << type)) != 0) return false;
            seen |= 1L << type;

            var isWhole = type switch
            {
                ServerNameExtension => TryReadServerName(content, out serverName),
                AlpnExtension => TryReadAlpn(content, out isAcme),
                GroupsExtension => keys.TryReadGroups(content),
                VersionsExtension => keys.TryReadVersions(content),
                _ => keys.TryReadSchemes(content),
            };
            if (!isWhole) return false;
        }

        hello = new ClientHello(serverName, isAcme, keys.Of(suites));
        return true;
    }

    private static bool TryReadServerName(ReadOnlySpan<byte> extension, out string? name)
    {
        name = null;
        var content = new Reader(extension);
        if (!content.TryTakeVector16(out var list) || !content.IsEmpty) return false;

        for (var names = new Reader(list); !names.IsEmpty;)
        {
            if (!names.TryTake(1, out var type) || !names.TryTakeVector16(out var value)) return false;
            if (type[0] == 0 && name is null) name = value.Length <= MaxNameBytes ? ServerName.Read(Encoding.ASCII.GetString(value)) : null;
        }

        return true;
    }

    private static bool TryReadAlpn(ReadOnlySpan<byte> extension, out bool isAcme)
    {
        isAcme = false;
        var content = new Reader(extension);
        if (!content.TryTakeVector16(out var list) || !content.IsEmpty) return false;

        var count = 0;
        for (var protocols = new Reader(list); !protocols.IsEmpty; count++)
        {
            if (!protocols.TryTakeVector8(out var protocol) || protocol.IsEmpty) return false;
            isAcme = count == 0 && protocol.SequenceEqual("acme-tls/1"u8);
        }

        return true;
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public readonly bool IsEmpty => _rest.IsEmpty;

        public bool TryTake(int count, out ReadOnlySpan<byte> taken)
        {
            taken = default;
            if (_rest.Length < count) return false;

            taken = _rest[..count];
            _rest = _rest[count..];
            return true;
        }

        public bool TryTakeUInt16(out ushort value)
        {
            value = 0;
            if (!TryTake(2, out var bytes)) return false;

            value = BinaryPrimitives.ReadUInt16BigEndian(bytes);
            return true;
        }

        public bool TryTakeVector8(out ReadOnlySpan<byte> vector)
        {
            vector = default;
            return TryTake(1, out var length) && TryTake(length[0], out vector);
        }

        public bool TryTakeVector16(out ReadOnlySpan<byte> vector)
        {
            vector = default;
            return TryTakeUInt16(out var length) && TryTake(length, out vector);
        }
    }
}
