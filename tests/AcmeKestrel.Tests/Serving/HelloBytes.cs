using System.Buffers.Binary;
using System.Text;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Writes ClientHellos byte by byte, so that a test can say exactly what is in one.</summary>
internal static class HelloBytes
{
    public static readonly ushort[] Modern = [0x1301, 0xC02B, 0xC02F];

    public static byte[] Message(string? serverName = null, string[]? alpn = null, ushort[]? suites = null, ushort[]? signatures = null, params byte[][] more)
    {
        var extensions = new List<byte[]>();
        if (serverName is not null) extensions.Add(ServerName(serverName));
        if (alpn is not null) extensions.Add(Alpn(alpn));
        if (signatures is not null) extensions.Add(Extension(13, Vector16(Numbers(signatures))));
        extensions.AddRange(more);
        return Message(suites ?? Modern, Vector16(Join(extensions)));
    }

    public static byte[] Message(ushort[] suites, byte[] extensions)
    {
        byte[] body = [3, 3, .. new byte[32], 0, .. Vector16(Numbers(suites)), 1, 0, .. extensions];
        return [1, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];
    }

    public static byte[] ServerName(string name) => Extension(0, Vector16([0, .. Vector16(Encoding.Latin1.GetBytes(name))]));

    public static byte[] Alpn(params string[] protocols) => Extension(16, Vector16(Join(protocols.Select(protocol => (byte[])[(byte)protocol.Length, .. Encoding.ASCII.GetBytes(protocol)]))));

    public static byte[] Extension(ushort type, byte[] content) => [(byte)(type >> 8), (byte)type, .. Vector16(content)];

    /// <summary>The message in records with at most this many bytes each.</summary>
    public static byte[] Records(byte[] message, int fragment = 16384) =>
        Join(message.Chunk(fragment).Select(part => (byte[])[22, 3, 1, .. Vector16(part)]));

    public static byte[] List(ushort[] numbers) => Vector16(Numbers(numbers));

    private static byte[] Vector16(byte[] content)
    {
        var vector = new byte[content.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(vector, checked((ushort)content.Length));
        content.CopyTo(vector, 2);
        return vector;
    }

    private static byte[] Numbers(ushort[] numbers) => Join(numbers.Select(number => (byte[])[(byte)(number >> 8), (byte)number]));

    private static byte[] Join(IEnumerable<byte[]> parts) => [.. parts.SelectMany(part => part)];
}
