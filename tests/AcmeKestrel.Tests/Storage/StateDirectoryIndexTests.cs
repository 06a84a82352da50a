using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A start reads the index and looks at no certificate that it holds; what is not in it, or is there no more, is noticed by the names of the folders.</summary>
public sealed class StateDirectoryIndexTests : IDisposable
{
    private const string Part = "meta.json";

    private readonly StateFolder _state = new(new FakeTimeProvider());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _state.Dispose();

    [Fact]
    public async Task A_start_opens_no_folder_of_what_the_index_holds()
    {
        await WriteAsync(_state.Open(), 30);
        var files = new CountingFiles(LocalFileSystem.Below(_state.Path));

        var parts = await ListAsync(_state.Open(files: files));

        Assert.Equal(30, parts.Count);
        Assert.InRange(files.Reads, 1, 3);
    }

    /// <summary>Whoever wants one of them need not wait until the list comes to it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task All_heads_are_named_before_anything_is_read(bool isIndexed)
    {
        await WriteAsync(_state.Open(), 4);
        if (!isIndexed) File.Delete(_state["index/certs"]);
        var (files, named) = (new CountingFiles(LocalFileSystem.Below(_state.Path)), new List<(string[] Names, int Reads)>());
        var query = new StoreHeadQuery(RecordKind.Certificate, Part) { Named = names => named.Add(([.. names.Order(StringComparer.Ordinal)], files.Reads)) };
        await foreach (var _ in _state.Open(files: files).ListHeadsAsync(query, Cancel)) Assert.Single(named);

        var (names, reads) = Assert.Single(named);
        Assert.Equal([Name(0), Name(1), Name(2), Name(3)], names);
        Assert.InRange(files.Reads - reads, isIndexed ? 0 : 4, isIndexed ? 1 : 8);
    }

    /// <summary>Else each start would read all records, and nothing would say so.</summary>
    [Fact]
    public void The_index_holds_the_part_that_a_start_asks_for() => Assert.Equal(AcmeKestrel.Lifecycle.State.GenerationRecord.FactsPart, StateLayout.IndexedPart(RecordKind.Certificate));

    [Fact]
    public async Task A_lack_of_handles_damages_no_record()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It has other numbers.");
        var files = new HookedFiles(LocalFileSystem.Below(_state.Path));
        var store = _state.Open(files: files);
        await WriteAsync(store, 1);
        var key = new RecordKey(RecordKind.Certificate, Name(0));
        files.BeforeReadFolder = () => throw new IOException("Too many open files", 24);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ReadAsync(key, Cancel).AsTask());

        files.BeforeReadFolder = null;
        Assert.Null((await store.ReadAsync(key, Cancel))!.Error);
    }

    /// <summary>EIO, ESTALE, ETIMEDOUT: the disk, the file server or the way to it, and not the record. The others are read all the same.</summary>
    [Theory]
    [InlineData(5, false)]
    [InlineData(116, false)]
    [InlineData(110, false)]
    [InlineData(5, true)]
    public async Task What_may_pass_damages_no_record_and_keeps_no_other_one_from_being_read(int code, bool isNamed)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have other numbers.");
        var (files, reads) = (new HookedFiles(LocalFileSystem.Below(_state.Path)), 0);
        var store = _state.Open(files: files);
        await WriteAsync(store, 3);
        var fault = new IOException("It does not answer", code);
        files.BeforeReadFolder = () =>
        {
            if (++reads == 2) throw isNamed ? new IOException("It does not answer : 'privkey'", fault) : fault;
        };

        var records = new List<StoreRecord>();
        await foreach (var record in store.ListAsync(RecordKind.Certificate, null, Cancel)) records.Add(record);

        Assert.Equal([false, true, false], records.Select(record => record.IsUnread));
        Assert.Equal([null, null], records.Where(record => !record.IsUnread).Select(record => record.Error));
        Assert.StartsWith($"{_state[$"certs/{Name(1)}"]} cannot be read now: It does not answer", records[1].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_other_fault_of_reading_is_damage()
    {
        var files = new HookedFiles(LocalFileSystem.Below(_state.Path));
        var store = _state.Open(files: files);
        await WriteAsync(store, 1);
        files.BeforeReadFolder = () => throw new IOException("It is a link, and links are not followed here", OperatingSystem.IsMacOS() ? 62 : 40);

        var record = await store.ReadAsync(new RecordKey(RecordKind.Certificate, Name(0)), Cancel);

        Assert.False(record!.IsUnread);
        Assert.Contains("is damaged", record.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("empty")]
    [InlineData("torn")]
    [InlineData("nonsense")]
    public async Task An_index_that_is_no_use_is_made_anew(string what)
    {
        await WriteAsync(_state.Open(), 5);
        var whole = await File.ReadAllBytesAsync(_state["index/certs"], Cancel);
        if (what == "missing") File.Delete(_state["index/certs"]);
        else await File.WriteAllBytesAsync(_state["index/certs"], what switch { "empty" => [], "torn" => whole[..^7], _ => "<html>"u8.ToArray() }, Cancel);

        Assert.Equal(5, (await ListAsync(_state.Open())).Count);

        Assert.Equal(whole.Length, new FileInfo(_state["index/certs"]).Length);
        var files = new CountingFiles(LocalFileSystem.Below(_state.Path));
        Assert.Equal(5, (await ListAsync(_state.Open(files: files))).Count);
        Assert.InRange(files.Reads, 1, 3);
    }

    /// <summary>Of a hundred thousand entries a start would otherwise have several copies in memory.</summary>
    [Fact]
    public void It_is_made_anew_of_its_own_entries_some_at_a_time()
    {
        Directory.CreateDirectory(_state.Path);
        var files = new CountingFiles(LocalFileSystem.Below(_state.Path));
        var index = new PartIndex(files, new AtomicFiles(files, _state.Path), Path.Combine(_state.Path, "index"));
        index.Write(Enumerable.Range(0, 5000).Select(number => ($"{number}", (ReadOnlyMemory<byte>)new byte[500])));

        index.Write(Entries(index).Where(entry => entry.Name != "7").Select(entry => (entry.Name, entry.Part)));

        Assert.Equal(4999, Entries(index).Count());
        Assert.InRange(files.LargestAppend, 500, 5000 * 500 / 4);
    }

    [Fact]
    public async Task Folders_that_were_added_removed_or_restored_by_hand_are_noticed()
    {
        await WriteAsync(_state.Open(), 3);
        Copy(_state[$"certs/{Name(0)}"], _state["certs/added.test@20260101T000000Z-00000000"]);
        Directory.Move(_state[$"certs/{Name(1)}"], _state["aside"]);

        Assert.Equal(["added.test@20260101T000000Z-00000000", Name(0), Name(2)], (await ListAsync(_state.Open())).Keys.Order(StringComparer.Ordinal));

        Directory.Move(_state["aside"], _state[$"certs/{Name(1)}"]);
        Assert.Equal(4, (await ListAsync(_state.Open())).Count);
    }

    [Fact]
    public async Task One_folder_that_cannot_be_read_costs_that_one_alone()
    {
        await WriteAsync(_state.Open(), 5);
        File.Delete(_state["index/certs"]);
        File.Delete(_state[$"certs/{Name(2)}/{Part}"]);
        Directory.CreateDirectory(_state[$"certs/{Name(2)}/{Part}"]);

        var parts = await ListAsync(_state.Open());

        Assert.Equal(5, parts.Count);
        Assert.Equal([Name(2)], parts.Where(part => part.Value is null).Select(part => part.Key));
    }

    [Fact]
    public async Task A_link_in_a_records_place_is_none()
    {
        await WriteAsync(_state.Open(), 2);
        File.Delete(_state["index/certs"]);
        File.CreateSymbolicLink(_state["certs/x.test@20260101T000000Z-00000000"], Name(0));

        Assert.Equal(2, (await ListAsync(_state.Open())).Count);
    }

    [Fact]
    public async Task An_index_that_cannot_be_written_costs_no_write()
    {
        var store = _state.Open();
        await WriteAsync(store, 1);
        File.Delete(_state["index/certs"]);
        Directory.CreateDirectory(_state["index/certs"]);

        await WriteAsync(store, 3);

        Assert.Equal(3, (await ListAsync(_state.Open())).Count);
        Assert.Contains(_state.Log, line => line.StartsWith("Debug 209", StringComparison.Ordinal));
    }

    /// <summary>Stopped before any step of two writes, with unsynced data dropped or not: what is listed is what the folders hold.</summary>
    [Fact]
    public async Task After_a_crash_at_any_step_the_list_is_what_the_records_say()
    {
        var finished = false;
        for (var stop = 0; !finished; stop++)
        {
            var files = new SimulatedFileSystem { StopAfter = stop };
            try
            {
                using var store = Open(files);
                await WriteAsync(store, 2);
                await ListAsync(store);
                await WriteAsync(store, 1, """{"again":true}""");
                finished = true;
            }
            catch (MachineStopped)
            {
            }

            for (var seed = 0; seed < 6; seed++)
            {
                var left = files.AfterCrash(new Random(seed));
                using var next = Open(left);
                var parts = await ListAsync(next);
                var records = new Dictionary<string, string?>();
                await foreach (var record in next.ListAsync(RecordKind.Certificate, null, Cancel)) records[record.Key.Name] = Encoding.UTF8.GetString(record.Content.Find(Part)!.Value.Span);

                // The same record written once more is the one case in which the folder's name does not tell: the older part is found out when the certificate is used.
                Assert.Equal(records.Keys.Order(), parts.Keys.Order());
                Assert.All(parts, part => Assert.True(part.Value == records[part.Key] || records[part.Key]!.Contains("again"), $"stopped after {stop}, seed {seed}: {part.Value}"));
            }
        }
    }

    private static StateDirectoryStore Open(SimulatedFileSystem files) => new(new StateDirectoryOptions("/state", null), new FakeTimeProvider(), NullLogger<StateDirectoryStore>.Instance, files);

    private static string Name(int index) => $"n{index:00}.test@20260101T000000Z-0000000{index % 10}";

    private static IEnumerable<(string Name, ReadOnlyMemory<byte> Part)> Entries(PartIndex index)
    {
        using var entries = index.Read();
        while (entries.TryRead(out var name, out var part)) yield return (name, part.ToArray());
        Assert.True(entries.IsWhole);
    }

    private static async Task WriteAsync(IAcmeStore store, int count, string? meta = null)
    {
        for (var index = 0; index < count; index++)
        {
            RecordPart[] parts = [new("fullchain", "chain"u8.ToArray()), new("privkey", "key"u8.ToArray(), secret: true), new(Part, Encoding.UTF8.GetBytes(meta ?? $$"""{"index":{{index}}}"""))];
            await store.WriteAsync(new RecordKey(RecordKind.Certificate, Name(index)), new RecordContent(parts), null, null, Cancel);
        }
    }

    private static async Task<Dictionary<string, string?>> ListAsync(IAcmeStore store)
    {
        var parts = new Dictionary<string, string?>();
        await foreach (var part in store.ListHeadsAsync(RecordKind.Certificate, Part, Cancel)) parts[part.Key.Name] = part.Bytes is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;
        return parts;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
