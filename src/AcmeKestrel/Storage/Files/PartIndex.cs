using System.Buffers.Binary;
using System.Security.Cryptography;
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
    private const int ChecksumBytes = 8;
    private const int MaxPartBytes = 64 * 1024;

    /// <summary>It grows while a process lives, and what is in it of records that are gone goes at a start. So much is years of renewals; then it is made anew.</summary>
    private const long MaxBytes = 512L * 1024 * 1024;

    private static readonly byte[] Format = "acmekestrel index 1\n"u8.ToArray();

    /// <summary>All entries, as far as the file is whole.</summary>
    public PartIndexContent Read()
    {
        var file = ReadFile();
        var entries = new List<(string Name, ReadOnlyMemory<byte> Part)>();
        if (!file.AsSpan().StartsWith(Format)) return new PartIndexContent(entries, IsWhole: false);

        ReadOnlyMemory<byte> rest = file.AsMemory(Format.Length);
        while (TryTake(ref rest, out var entry)) entries.Add(entry);
        return new PartIndexContent(entries, IsWhole: rest.IsEmpty);
    }

    /// <summary>Puts an entry at the end. A part that is no small one is left out: it is read from its record.</summary>
    public void Append(string name, ReadOnlyMemory<byte> part)
    {
        if (part.Length > MaxPartBytes) return;

        if (files.Find(path) is null) Write([(name, part)]);
        else if (files.AppendFile(path, Encode(name, part.Span)) > MaxBytes) files.Delete(path);
    }

    /// <summary>These entries and no others.</summary>
    public void Write(IEnumerable<(string Name, ReadOnlyMemory<byte> Part)> entries)
    {
        using var content = new MemoryStream();
        content.Write(Format);
        foreach (var (name, part) in entries)
        {
            if (part.Length <= MaxPartBytes) content.Write(Encode(name, part.Span));
        }

        atomic.ReplaceFile(path, content.GetBuffer().AsSpan(0, (int)content.Length), new FileAccessRights(FileModes.PrivateFile));
    }

    /// <summary>What keeps it from being read keeps nothing else from it.</summary>
    private byte[] ReadFile()
    {
        try
        {
            return files.ReadFile(path)?.Bytes ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static byte[] Encode(string name, ReadOnlySpan<byte> part)
    {
        var nameBytes = Encoding.UTF8.GetByteCount(name);
        var entry = new byte[HeaderBytes + nameBytes + part.Length];
        BinaryPrimitives.WriteInt32LittleEndian(entry, entry.Length - 4);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(4 + ChecksumBytes), (ushort)nameBytes);
        Encoding.UTF8.GetBytes(name, entry.AsSpan(HeaderBytes));
        part.CopyTo(entry.AsSpan(HeaderBytes + nameBytes));
        Checksum(entry.AsSpan(4 + ChecksumBytes), entry.AsSpan(4, ChecksumBytes));
        return entry;
    }

    private static bool TryTake(ref ReadOnlyMemory<byte> rest, out (string Name, ReadOnlyMemory<byte> Part) entry)
    {
        entry = default;
        if (rest.Length < HeaderBytes) return false;

        var length = BinaryPrimitives.ReadInt32LittleEndian(rest.Span);
        if (length < HeaderBytes - 4 || length > rest.Length - 4) return false;

        Span<byte> checksum = stackalloc byte[ChecksumBytes];
        Checksum(rest.Span[(4 + ChecksumBytes)..(4 + length)], checksum);
        if (!checksum.SequenceEqual(rest.Span.Slice(4, ChecksumBytes))) return false;

        var nameEnd = HeaderBytes + BinaryPrimitives.ReadUInt16LittleEndian(rest.Span[(4 + ChecksumBytes)..]);
        if (nameEnd > 4 + length) return false;

        entry = (Encoding.UTF8.GetString(rest.Span[HeaderBytes..nameEnd]), rest[nameEnd..(4 + length)]);
        rest = rest[(4 + length)..];
        return true;
    }

    private static void Checksum(ReadOnlySpan<byte> content, Span<byte> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, hash);
        hash[..ChecksumBytes].CopyTo(checksum);
    }
}

/// <param name="IsWhole">False: there is none, or it ends with something torn, after which nothing may be put.</param>
internal sealed record PartIndexContent(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Part)> Entries, bool IsWhole);
