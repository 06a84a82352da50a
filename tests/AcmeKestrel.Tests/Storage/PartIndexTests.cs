using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using CsCheck;

namespace AcmeKestrel.Tests.Storage;

/// <summary>The index is a cache: whatever becomes of its file, nothing is lost and nothing is believed that is not whole.</summary>
public sealed class PartIndexTests
{
    private const string Path = "/state/index";

    private static readonly (string Name, string Part)[] Entries = [("a.test@1", "one"), ("b.test@1", "two, which is longer"), ("a.test@1", "one, anew"), ("c.test@1", "")];

    [Fact]
    public void What_was_put_there_is_there_in_its_order()
    {
        var files = Written();

        var (entries, isWhole) = Read(files);

        Assert.True(isWhole);
        Assert.Equal(Entries, entries);
    }

    [Fact]
    public void Every_prefix_of_the_file_gives_its_whole_entries_and_says_that_it_is_torn()
    {
        var whole = Written().ReadFile(Path)!.Bytes;
        var ends = Entries.Select((_, index) => Written(index + 1).ReadFile(Path)!.Bytes.Length).Prepend(Written(0).ReadFile(Path)!.Bytes.Length).ToList();
        for (var length = 0; length <= whole.Length; length++)
        {
            var (entries, isWhole) = Read(With(whole[..length]));

            Assert.Equal(Entries[..Math.Max(0, ends.Count(end => end <= length) - 1)], entries);
            Assert.Equal(ends.Contains(length), isWhole);
        }
    }

    [Fact]
    public void A_changed_byte_costs_its_entry_and_what_follows_and_makes_up_nothing() =>
        Gen.Select(Gen.Int[0, Written().ReadFile(Path)!.Bytes.Length - 1], Gen.Byte[1, 255]).Sample((at, change) =>
        {
            var bytes = Written().ReadFile(Path)!.Bytes;
            bytes[at] ^= change;

            var (entries, isWhole) = Read(With(bytes));

            return !isWhole && entries.Count < Entries.Length && entries.SequenceEqual(Entries[..entries.Count]);
        });

    [Fact]
    public void Hostile_bytes_are_no_entries_and_no_exception() =>
        Gen.Byte.Array[0, 300].Sample(bytes => Read(With([.. "acmekestrel index 1\n"u8, .. bytes])).Entries.Count == 0);

    [Fact]
    public void A_part_that_is_no_small_one_is_left_out()
    {
        var files = Written();

        Index(files).Append(("d.test@1", new byte[64 * 1024 + 1]));

        Assert.Equal(Entries.Length, Read(files).Entries.Count);
    }

    /// <summary>What is read of an entry lives until the next one is read.</summary>
    [Fact]
    public void More_entries_than_are_in_memory_at_once_are_all_read()
    {
        var files = Empty();
        (string, string)[] many = [.. Enumerable.Range(0, 40).Select(number => ($"n{number}.test@1", new string((char)('a' + (number % 26)), 1 + (number * 1600))))];
        Index(files).Append(many.Select(entry => (entry.Item1, (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(entry.Item2))));

        var (entries, isWhole) = Read(files);

        Assert.True(isWhole);
        Assert.Equal(many, entries);
    }

    private static (List<(string Name, string Part)> Entries, bool IsWhole) Read(SimulatedFileSystem files)
    {
        using var reader = Index(files).Read();
        var entries = new List<(string, string)>();
        while (reader.TryRead(out var name, out var part)) entries.Add((name, Encoding.UTF8.GetString(part.Span)));
        return (entries, reader.IsWhole);
    }

    private static PartIndex Index(SimulatedFileSystem files) => new(files, new AtomicFiles(files, "/state/tmp"), Path);

    private static SimulatedFileSystem Written(int count = 4)
    {
        var files = Empty();
        if (count == 0) Index(files).Write([]);
        foreach (var (name, part) in Entries[..count]) Index(files).Append((name, Encoding.UTF8.GetBytes(part)));
        return files;
    }

    private static SimulatedFileSystem With(byte[] bytes)
    {
        var files = Empty();
        files.CreateFile(Path, bytes, new FileAccessRights(FileModes.PrivateFile));
        return files;
    }

    private static SimulatedFileSystem Empty()
    {
        var files = new SimulatedFileSystem();
        files.CreateFolder("/state", FileModes.PrivateFolder);
        files.CreateFolder("/state/tmp", FileModes.PrivateFolder);
        return files;
    }
}
