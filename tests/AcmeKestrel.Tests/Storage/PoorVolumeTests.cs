using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>State on a volume that lacks something: it works as far as it can, and one warning says what is missing.</summary>
public sealed class PoorVolumeTests : IDisposable
{
    private const string Generation = "20260101T000000Z-0a1b2c3d";
    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;
    private static readonly RecordKey Certificate = new(RecordKind.Certificate, $"shop.test@{Generation}");
    private static readonly RecordKey Account = new(RecordKind.Account, "ca.test/dir/NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    private readonly StateFolder _state = new(new FakeTimeProvider());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _state.Dispose();

    [Theory]
    [InlineData("Operation not permitted")]
    [InlineData(null)]
    public async Task Without_modes_and_links_everything_else_works_and_one_warning_says_what_is_missing(string? modeFault)
    {
        var store = _state.Open(keyGroup: "root", files: new PoorVolume(Inner) { FileMode = Everybody, FolderMode = Everybody, ModeFault = modeFault });

        await UseAsync(store);

        var warning = Assert.Single(_state.Log, line => line.StartsWith("Warning", StringComparison.Ordinal) && !line.StartsWith("Warning 205", StringComparison.Ordinal));
        Assert.StartsWith("Warning 207", warning, StringComparison.Ordinal);
        Assert.Contains(_state.Path, warning, StringComparison.Ordinal);
        Assert.Contains("READABLE OR WRITABLE BY OTHERS (mode 0777)", warning, StringComparison.Ordinal);
        Assert.Contains("no links", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0b110_000_000, 0b111_000_000, false)] // mounted for this user alone
    [InlineData(0b111_101_101, 0b111_000_000, false)] // the folder keeps others out
    [InlineData(0b110_100_000, 0b111_101_000, true)]
    [InlineData(0b110_000_010, 0b111_000_001, true)]
    public async Task Capital_words_are_for_keys_that_others_reach(int fileMode, int folderMode, bool exposed)
    {
        var store = _state.Open(files: new PoorVolume(Inner) { FileMode = (UnixFileMode)fileMode, FolderMode = (UnixFileMode)folderMode, HasLinks = true });

        await UseAsync(store);

        var warning = Assert.Single(_state.Log, line => line.StartsWith("Warning", StringComparison.Ordinal));
        Assert.StartsWith("Warning 207", warning, StringComparison.Ordinal);
        Assert.Equal(exposed, warning.Contains("BY OTHERS", StringComparison.Ordinal));
        Assert.DoesNotContain("links", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_files_are_private_and_no_mode_can_be_changed_no_key_is_said_to_be_open()
    {
        var store = _state.Open(files: new PoorVolume(Inner) { FolderMode = Everybody, HasLinks = true });

        await UseAsync(store);

        var warning = Assert.Single(_state.Log, line => line.StartsWith("Warning 207", StringComparison.Ordinal));
        Assert.Contains("lets no mode be changed", warning, StringComparison.Ordinal);
        Assert.Contains("Acme:KeyGroup has no effect", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("keeps no modes", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_only_links_are_missing_only_they_are_told()
    {
        var store = _state.Open(files: new PoorVolume(Inner) { FileMode = FileModes.PrivateFile, FolderMode = FileModes.PrivateFolder, HasLinks = false, ModeFault = "x" });

        await UseAsync(store);

        Assert.False(Path.Exists(_state["certs/shop.test"]));
        Assert.Single(_state.Log, line => line.StartsWith("Warning 207", StringComparison.Ordinal) && line.Contains("no links", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_volume_with_everything_is_not_warned_about()
    {
        await UseAsync(_state.Open());

        Assert.DoesNotContain(_state.Log, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_volume_that_is_not_writable_is_refused()
    {
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => UseAsync(_state.Open(files: new PoorVolume(Inner) { IsReadOnly = true })));

        Assert.Contains("Read-only file system", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Acme:StateDirectory", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Operation not supported")]
    [InlineData(null)]
    public async Task Without_locks_what_is_stored_is_read_and_nothing_is_written(string? lockFault)
    {
        using (var before = _state.Open()) await WriteAsync(before, Certificate);
        var store = _state.Open(files: new PoorVolume(Inner) { HasLinks = true, LockFault = lockFault, LocksNothing = lockFault is null });

        Assert.Null((await store.ReadAsync(Certificate, Cancel))!.Error);
        var writing = await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(store, Account));
        var leasing = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel).AsTask());
        var linking = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.SwitchAsync("shop.test", Generation, Cancel).AsTask());
        var hiding = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.HideAsync("shop.test", Cancel).AsTask());

        Assert.All([writing, leasing, linking, hiding], refused => Assert.Contains("has no locks", refused.Message, StringComparison.Ordinal));
        Assert.All([writing, leasing], refused => Assert.Contains("Acme:StateDirectory", refused.Message, StringComparison.Ordinal));
        if (lockFault is not null) Assert.Contains(lockFault, leasing.Message, StringComparison.Ordinal);
    }

    /// <summary>The index is a cache, and tmp/ may be another process' just now.</summary>
    [Theory]
    [InlineData("Operation not supported")]
    [InlineData(null)]
    public async Task Without_locks_neither_the_index_is_mended_nor_what_was_left_over_removed(string? lockFault)
    {
        using (var before = _state.Open()) await WriteAsync(before, Certificate);
        File.Delete(_state["index/certs"]);
        await File.WriteAllTextAsync(_state["tmp/left"], "another's", Cancel);
        var store = _state.Open(files: new PoorVolume(Inner) { HasLinks = true, LockFault = lockFault, LocksNothing = lockFault is null });

        var parts = new List<StorePart>();
        await foreach (var part in store.ListHeadsAsync(RecordKind.Certificate, StateLayout.IndexedPart(RecordKind.Certificate)!, Cancel)) parts.Add(part);

        Assert.Equal(Certificate, Assert.Single(parts).Key);
        Assert.False(File.Exists(_state["index/certs"]));
        Assert.Equal(["left"], Directory.EnumerateFileSystemEntries(_state["tmp"]).Select(Path.GetFileName));
    }

    /// <summary>Two that start at once try the volume at once.</summary>
    [Fact]
    public async Task Locks_that_another_process_tries_just_now_are_locks()
    {
        using (var before = _state.Open()) await WriteAsync(before, Certificate);
        using var trial = Inner.TryLock(_state["locks/trial"], shared: false);
        Assert.NotNull(trial);

        await UseAsync(_state.Open());
    }

    private IFileSystem Inner => LocalFileSystem.Below(_state.Path);

    private static async Task UseAsync(StateDirectoryStore store)
    {
        await WriteAsync(store, Certificate);
        await WriteAsync(store, Account);
        await WriteAsync(store, new RecordKey(RecordKind.Order, "shop.test"));
        await store.SwitchAsync("shop.test", Generation, Cancel);
        await store.LinkAsync("ops@example.test", "letsencrypt", Account.Name, Cancel);
        Assert.NotNull(await store.TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel));
        foreach (var key in new[] { Certificate, Account }) Assert.Null((await store.ReadAsync(key, Cancel))!.Error);
    }

    private static Task<RecordVersion> WriteAsync(StateDirectoryStore store, RecordKey key) => store.WriteAsync(
        key,
        new RecordContent([new RecordPart("fullchain", "the chain"u8.ToArray()), new RecordPart("meta.json", "{}"u8.ToArray()), new RecordPart("privkey", "the key"u8.ToArray(), secret: true)]),
        null,
        null,
        Cancel).AsTask();
}
