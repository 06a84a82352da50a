using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace AcmeKestrel.Storage.Files;

/// <summary>
/// One part of many records in one file, so that a start need not open a folder for each. A cache: what is missing in it, or damaged, is read from the records, and nothing is lost with it.
/// Entries are put at the end, one after its record was written; of two for one record the later counts. Each has a checksum: where one is torn, what follows is not looked at.
/// </summary>
internal sealed class PartIndex(IFileSystem files, AtomicFiles atomic, string path)
{
    /// <summary>Length of the rest, checksum of what follows, length of the name.</summary>
    private const int HeaderBytes = 4 + ChecksumBytes + 2;
    private const int ChecksumBytes = 4;
    private const int MaxPartBytes = 64 * 1024;
    private const int WrittenAtOnce = 1024;

    /// <summary>What <see cref="PartIndexReader"/> must have at once.</summary>
    public const int MaxEntryBytes = HeaderBytes + ushort.MaxValue + MaxPartBytes;

    /// <summary>It grows while a process lives, and what is in it of records that are gone goes at a start. So much is years of renewals; then it is made anew.</summary>
    private const long MaxBytes = 512L * 1024 * 1024;

    public static ReadOnlySpan<byte> Format => "acmekestrel index 2\n"u8;

    public PartIndexReader Read()
    {
        try
        {
            return new PartIndexReader(files.OpenFile(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return PartIndexReader.Unreadable;
        }
    }

    /// <summary>Puts entries at the end. A part that is no small one is left out: it is read from its record.</summary>
    public void Append(params IEnumerable<(string Name, ReadOnlyMemory<byte> Part)> entries)
    {
        var content = Encode(entries);
        if (content.Length == 0) return;

        if (files.Find(path) is null) atomic.ReplaceFile(path, [.. Format, .. content], new FileAccessRights(FileModes.PrivateFile));
        else if (files.AppendFile(path, content) > MaxBytes) files.Delete(path);
    }

    /// <summary>These entries and no others. They may come from the index itself: it stays what it is until all are written, some at a time.</summary>
    public void Write(IEnumerable<(string Name, ReadOnlyMemory<byte> Part)> entries) =>
        atomic.ReplaceFile(path, Format, entries.Chunk(WrittenAtOnce).Select(some => Encode(some)), new FileAccessRights(FileModes.PrivateFile));

    /// <returns>The length of the entry that the bytes begin with; 0: they begin with none that is whole.</returns>
    public static int TryTake(ReadOnlyMemory<byte> bytes, out ReadOnlyMemory<byte> name, out ReadOnlyMemory<byte> part)
    {
        (name, part) = (default, default);
        if (bytes.Length < HeaderBytes) return 0;

        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span);
        if (length < HeaderBytes - 4 || length > bytes.Length - 4) return 0;

        if (Checksum(bytes.Span[(4 + ChecksumBytes)..(4 + length)]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[4..])) return 0;

        var nameEnd = HeaderBytes + BinaryPrimitives.ReadUInt16LittleEndian(bytes.Span[(4 + ChecksumBytes)..]);
        if (nameEnd > 4 + length) return 0;

        (name, part) = (bytes[HeaderBytes..nameEnd], bytes[nameEnd..(4 + length)]);
        return 4 + length;
    }

    private static byte[] Encode(IEnumerable<(string Name, ReadOnlyMemory<byte> Part)> entries)
    {
        using var content = new MemoryStream();
        foreach (var (name, part) in entries)
        {
            if (part.Length <= MaxPartBytes) content.Write(Encode(name, part.Span));
        }

        return content.ToArray();
    }

    private static byte[] Encode(string name, ReadOnlySpan<byte> part)
    {
        var nameBytes = Encoding.UTF8.GetByteCount(name);
        var entry = new byte[HeaderBytes + nameBytes + part.Length];
        BinaryPrimitives.WriteInt32LittleEndian(entry, entry.Length - 4);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(4 + ChecksumBytes), (ushort)nameBytes);
        Encoding.UTF8.GetBytes(name, entry.AsSpan(HeaderBytes));
        part.CopyTo(entry.AsSpan(HeaderBytes + nameBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(4), Checksum(entry.AsSpan(4 + ChecksumBytes)));
        return entry;
    }

    /// <summary>CRC-32C (RFC 3720 appendix B.4): against what is torn or decayed. Nobody is kept out by it: whoever may write the index may write the records.</summary>
    private static uint Checksum(ReadOnlySpan<byte> content)
    {
        var crc = uint.MaxValue;
        for (; content.Length >= sizeof(ulong); content = content[sizeof(ulong)..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(content));
        foreach (var rest in content) crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }
}
