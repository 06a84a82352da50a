using CsCheck;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Valid samples with up to four places changed: bits flipped, bytes overwritten, cut out, put in, repeated; lengths one too large; the end missing.</summary>
internal static class Mutation
{
    private static readonly Gen<byte> Telling = Gen.OneOf(Gen.OneOf<byte>(0, 1, 2, 0x20, 0x30, 0x7F, 0x80, 0x82, 0xFE, 0xFF), Gen.Byte);

    private static readonly Gen<Change> Changes = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 1 << 20], Gen.Int[1, 16], Telling, (kind, at, length, value) => new Change(kind, at, length, value));

    /// <summary>No change at all is a case too: what is valid must stay so.</summary>
    public static Gen<byte[]> Of(params byte[][] samples) => Of(Gen.OneOf(samples));

    public static Gen<byte[]> Of(Gen<byte[]> samples) => Gen.Select(samples, Changes.Array[0, 4], (sample, changes) => changes.Aggregate(sample, Apply));

    private static byte[] Apply(byte[] bytes, Change change)
    {
        if (bytes.Length == 0) return [change.Value];

        var at = change.At % bytes.Length;
        var end = Math.Min(at + change.Length, bytes.Length);
        return change.Kind switch
        {
            0 => With(bytes, at, (byte)(bytes[at] ^ (1 << (change.Length % 8)))),
            1 => With(bytes, at, change.Value),
            2 => With(bytes, at, (byte)(bytes[at] + (change.Value % 2 == 0 ? 1 : -1))),
            3 => [.. bytes[..at], .. bytes[end..]],
            4 => [.. bytes[..at], change.Value, .. bytes[at..]],
            5 => [.. bytes[..end], .. bytes[at..]],
            _ => bytes[..at],
        };
    }

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        var changed = bytes.ToArray();
        changed[at] = value;
        return changed;
    }

    private readonly record struct Change(int Kind, int At, int Length, byte Value);
}
