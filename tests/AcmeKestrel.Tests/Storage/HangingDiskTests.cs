using System.Collections.Concurrent;
using System.Text;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Tests.Storage;

/// <summary>Folders whose reading never ends, as on a dying disk: they cost their own names, no thread of the pool, and nobody else's time.</summary>
public sealed class HangingDiskTests : IDisposable
{
    private const string Part = "meta.json";
    private const string Facts =
        """{"names":["n000.test"],"orderUrl":"https://ca.test/o/000","certificateUrl":"https://ca.test/c/000","directoryUrl":"https://ca.test/dir","accountUrl":"https://ca.test/a/1","renewalId":"","keyType":"P256","notBefore":"2026-01-01T00:00:00Z","notAfter":"2026-04-01T00:00:00Z"}""";

    /// <summary>Of real time, so a machine that stands still may let one record more be told as late; such counts are bounds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly StateFolder _state = new(TimeProvider.System);
    private readonly HookedFiles _files;
    private readonly ManualResetEventSlim _mended = new();
    private readonly ConcurrentBag<bool> _hangsInPool = [];
    private StateDirectoryStore? _store;

    public HangingDiskTests() => _files = new HookedFiles(LocalFileSystem.Below(_state.Path));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _mended.Set();
        _store?.Dispose();
        _state.Dispose();
        _mended.Dispose();
    }

    [Fact]
    public async Task However_many_readings_hang_none_keeps_a_thread_of_the_pool_and_other_names_are_read()
    {
        const int Hanging = 60;
        var store = await OpenAsync(Hanging + 1, TimeSpan.FromMinutes(5));
        Hang(number => number < Hanging);
        var late = Enumerable.Range(0, Hanging).Select(number => store.ReadAsync(Key(number), Cancel).AsTask()).ToList();

        Assert.Null((await store.ReadAsync(Key(Hanging), Cancel))!.Error);
        await UntilAsync(() => _hangsInPool.Count == Hanging);
        Assert.DoesNotContain(true, _hangsInPool);
        Assert.DoesNotContain(late, reading => reading.IsCompleted);

        _mended.Set();
        Assert.All(await Task.WhenAll(late), record => Assert.Null(record!.Error));
    }

    [Fact]
    public async Task What_hangs_is_told_as_unread_is_asked_for_once_and_is_read_again_when_it_came_to_an_end()
    {
        var store = await OpenAsync(2, Patience);
        Hang(number => number == 0);

        for (var look = 0; look < 5; look++)
        {
            var record = await store.ReadAsync(Key(0), Cancel);
            Assert.True(record!.IsUnread);
            Assert.Equal($"{_state[$"certs/{Key(0).Name}"]} cannot be read now: the disk, or the file server, does not answer", record.Error);
        }

        await UntilAsync(() => !_hangsInPool.IsEmpty);
        Assert.Single(_hangsInPool);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.DeleteAsync(new StoreDeletion(Key(0)), Cancel).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.WriteAsync(new StoreWrite(Key(0), Content(0)), Cancel).AsTask());
        await store.WriteAsync(new StoreWrite(Key(1), Content(1)), Cancel);

        _mended.Set();
        StoreRecord? read = null;
        await UntilAsync(async () => (read = await store.ReadAsync(Key(0), Cancel)) is { IsUnread: false });
        Assert.Null(read!.Error);
    }

    [Theory]
    [InlineData("whole")]
    [InlineData("missing")]
    [InlineData("torn")]
    public async Task A_folder_that_hangs_is_passed_by_the_list_of_all(string index)
    {
        const int Count = 600;
        var store = await OpenAsync(Count, Patience);
        var path = _state["index/certs"];
        if (index == "missing") File.Delete(path);
        if (index == "torn") await File.WriteAllBytesAsync(path, (await File.ReadAllBytesAsync(path, Cancel))[..200], Cancel);
        Hang(number => number is 70 or 300);

        var heads = new Dictionary<string, bool>();
        await foreach (var head in store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, Part), Cancel)) heads.Add(head.Key.Name, head.Bytes is not null);

        Assert.Equal(Count, heads.Count);
        AssertUnread(index == "whole" ? [] : [Key(70).Name, Key(300).Name], Count, heads.Where(head => !head.Value).Select(head => head.Key));
    }

    [Fact]
    public async Task A_record_that_hangs_has_its_place_in_a_list_of_records()
    {
        var store = await OpenAsync(40, Patience);
        Hang(number => number is 5 or 6);

        var records = new List<StoreRecord>();
        await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Certificate) { Limit = 38 }, Cancel)) records.Add(record);
        var ofPrefix = new List<StoreRecord>();
        await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Certificate) { Prefix = "n005.test@" }, Cancel)) ofPrefix.Add(record);

        Assert.Equal(Enumerable.Range(0, 38).Select(number => Key(number)), records.Select(record => record.Key));
        AssertUnread([Key(5).Name, Key(6).Name], 38, records.Where(record => record.IsUnread).Select(record => record.Key.Name));
        Assert.All(records.Where(record => !record.IsUnread), record => Assert.Null(record.Error));
        Assert.True(Assert.Single(ofPrefix).IsUnread);
    }

    /// <summary>What a server does before it serves: all but the one are there, and the one is held as what may pass.</summary>
    [Fact]
    public async Task A_start_has_all_other_names_in_a_bounded_time()
    {
        var store = await OpenAsync(50, Patience);
        File.Delete(_state["index/certs"]);
        Hang(number => number == 20);

        var labels = await new LabelLoader(store, NullLogger<LabelLoader>.Instance).LoadCertificatesAsync((_, _) => { }, null, Cancel).WaitAsync(TimeSpan.FromMinutes(2), Cancel);

        AssertUnread(["n020.test"], 50, labels.Values.Where(label => label.Damage?.MayPass is true).Select(label => label.Label));
        Assert.All(labels.Values, label => Assert.True(label.Certificate is not null || label.Damage?.MayPass is true));
    }

    private static RecordKey Key(int number) => new(RecordKind.Certificate, $"n{number:000}.test@20260101T000000Z-00000001");

    private static RecordContent Content(int number) => new(
    [
        new RecordPart("fullchain", "chain"u8.ToArray()), new RecordPart("privkey", "key"u8.ToArray(), secret: true), new RecordPart(Part, Encoding.UTF8.GetBytes(Facts.Replace("000", $"{number:000}", StringComparison.Ordinal))),
    ]);

    /// <summary>Each one more takes a stall of a second.</summary>
    private static void AssertUnread(IReadOnlyList<string> hanging, int count, IEnumerable<string> unread)
    {
        var found = unread.ToHashSet();
        Assert.Superset(hanging.ToHashSet(), found);
        Assert.InRange(found.Count, hanging.Count, count / 2);
    }

    private static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    private static async Task UntilAsync(Func<Task<bool>> isSoAsync)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await isSoAsync()) await Task.Delay(5, deadline.Token);
    }

    /// <summary>Whatever is asked of these folders does not come back.</summary>
    private void Hang(Func<int, bool> which) => _files.BeforeLook = path =>
    {
        if (Path.GetRelativePath(_state["certs"], path) is not ['n', _, _, _, '.', ..] name || !which(int.Parse(name[1..4], null))) return;

        _hangsInPool.Add(Thread.CurrentThread.IsThreadPoolThread);
        _mended.Wait();
    };

    private async Task<StateDirectoryStore> OpenAsync(int count, TimeSpan patience)
    {
        _store = new StateDirectoryStore(new StateDirectoryOptions(_state.Path, null) { ReadPatience = patience }, TimeProvider.System, NullLogger<StateDirectoryStore>.Instance, new UnsyncedFiles(_files));
        for (var number = 0; number < count; number++) await _store.WriteAsync(new StoreWrite(Key(number), Content(number)), Cancel);
        return _store;
    }
}
