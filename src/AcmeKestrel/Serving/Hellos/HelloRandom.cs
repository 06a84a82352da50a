using System.Buffers.Binary;

namespace AcmeKestrel.Serving.Hellos;

/// <summary>Half of what a client drew by lot for its hello (RFC 8446 section 4.1.2), which is enough to tell one connection's from all others.</summary>
internal readonly record struct HelloRandom(ulong First, ulong Next)
{
    /// <summary>Of the whole number, in bytes.</summary>
    public const int Length = 32;

    /// <summary>Clients choose the numbers, and not where they lie in a table.</summary>
    public override int GetHashCode() => HashCode.Combine(First, Next);

    /// <param name="random">The whole number.</param>
    public static HelloRandom Read(ReadOnlySpan<byte> random) => new(BinaryPrimitives.ReadUInt64BigEndian(random), BinaryPrimitives.ReadUInt64BigEndian(random[sizeof(ulong)..]));
}
