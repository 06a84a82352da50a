using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>Which folder is taken as the state, and how processes share it.</summary>
public sealed class StateDirectoryOpeningTests : IDisposable
{
    private static readonly RecordKey Certificate = new(RecordKind.Certificate, "shop.test@20260101T000000Z-0a1b2c3d");
    private readonly FakeTimeProvider _time = new();
    private readonly StateFolder _state;

    public StateDirectoryOpeningTests() => _state = new StateFolder(_time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _state.Dispose();

    [Theory]
    [InlineData("important.txt")]
    [InlineData("live/x")]
    [InlineData("accounts/x")]
    public async Task A_foreign_folder_is_refused_and_not_touched(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_state[file])!);
        await File.WriteAllTextAsync(_state[file], "mine", Cancel);

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(_state.Open(), Certificate));

        Assert.Contains(_state.Path, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Acme:StateDirectory", refused.Message, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFileSystemEntries(_state.Path));
    }

    [Fact]
    public async Task Looking_makes_no_state()
    {
        var store = _state.Open();

        Assert.Null(await store.ReadAsync(Certificate, Cancel));
        await foreach (var _ in store.ListAsync(RecordKind.Certificate, null, Cancel)) Assert.Fail("There is nothing.");
        await foreach (var _ in store.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), Cancel)) Assert.Fail("There is nothing.");

        Assert.False(Directory.Exists(_state.Path));
        await WriteAsync(store, Certificate);
        Assert.NotNull(await store.ReadAsync(Certificate, Cancel));
    }

    /// <summary>A command that was killed while it wrote a wish; what an operator put there is no business of ours.</summary>
    [Theory]
    [InlineData("desired")]
    [InlineData("want")]
    public async Task What_a_killed_command_left_beside_the_wishes_goes_with_the_next_start(string folder)
    {
        Directory.CreateDirectory(_state[folder]);
        foreach (var name in new[] { ".acmekestrel-0123", ".hidden", "shop.test" }) await File.WriteAllTextAsync(_state[$"{folder}/{name}"], "", Cancel);

        await WriteAsync(_state.Open(), Certificate);

        Assert.Equal([".hidden", "shop.test"], Directory.EnumerateFileSystemEntries(_state[folder]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Wishes_may_lie_in_a_folder_before_its_first_use()
    {
        Directory.CreateDirectory(_state["desired"]);
        await File.WriteAllTextAsync(_state["desired/shop.test"], "", Cancel);

        await WriteAsync(_state.Open(), Certificate);

        Assert.True(File.Exists(_state["format"]));
    }

    [Theory]
    [InlineData("lost+found")]
    [InlineData(".DS_Store")]
    [InlineData("._.DS_Store")]
    [InlineData(".snapshot")]
    [InlineData(".nfs00000000017c0d7a00000001")]
    [InlineData(".Trash-1000")]
    [InlineData(".gitkeep")]
    [InlineData("System Volume Information")]
    [InlineData("$RECYCLE.BIN")]
    [InlineData("@eaDir")]
    public async Task A_fresh_volume_is_taken_with_what_its_makers_left_on_it(string stranger)
    {
        Directory.CreateDirectory(_state[stranger]);

        await WriteAsync(_state.Open(), Certificate);

        Assert.True(File.Exists(_state["format"]));
        Assert.True(Directory.Exists(_state[stranger]));
    }

    [Theory]
    [InlineData(".bashrc")]
    [InlineData(".ssh")]
    [InlineData("lost")]
    public async Task A_home_folder_is_no_fresh_volume(string file)
    {
        Directory.CreateDirectory(_state.Path);
        await File.WriteAllTextAsync(_state[file], "mine", Cancel);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(_state.Open(), Certificate));
    }

    [Fact]
    public async Task A_state_of_another_version_is_refused()
    {
        Directory.CreateDirectory(_state.Path);
        await File.WriteAllTextAsync(_state["format"], "acmekestrel 2\n", Cancel);

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => _state.Open().ReadAsync(Certificate, Cancel).AsTask());
        Assert.Contains(_state["format"], refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_that_cannot_be_used_says_why_and_is_used_once_it_can_be()
    {
        await File.WriteAllTextAsync(_state.Path, "a file stands in the way", Cancel);
        var store = _state.Open();

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(store, Certificate));
        Assert.Contains(_state.Path, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Acme:StateDirectory", refused.Message, StringComparison.Ordinal);

        File.Delete(_state.Path);
        await WriteAsync(store, Certificate);
    }

    /// <summary>A restart on a full disk, or on a volume that has become read-only, must serve what is stored.</summary>
    [Fact]
    public async Task Where_nothing_can_be_written_what_is_stored_is_read_and_written_again_when_it_can_be()
    {
        var files = new SimulatedFileSystem();
        files.CreateFolders(Path.GetDirectoryName(Path.GetDirectoryName(_state.Path)!)!, FileModes.PublicFolder);
        await WriteAsync(_state.Open(files: files), Certificate);
        files.Refusal = "Read-only file system";
        var store = _state.Open(files: files);

        Assert.NotNull(await store.ReadAsync(Certificate, Cancel));
        var listed = new List<StoreRecord>();
        await foreach (var record in store.ListAsync(RecordKind.Certificate, null, Cancel)) listed.Add(record);
        Assert.Equal(Certificate, Assert.Single(listed).Key);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(store, Certificate, "newer"));
        Assert.Contains("Read-only file system", refused.Message, StringComparison.Ordinal);

        files.Refusal = null;
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(await store.ReadAsync(Certificate, Cancel));
        await WriteAsync(store, new RecordKey(RecordKind.Certificate, "blog.test@20260101T000000Z-0a1b2c3d"));
    }

    [Fact]
    public async Task What_lies_in_tmp_is_removed_at_the_start_but_never_under_another_process()
    {
        using (var first = _state.Open()) await WriteAsync(first, Certificate);
        Directory.CreateDirectory(_state["tmp/half"]);
        await File.WriteAllTextAsync(_state["tmp/half/privkey"], "x", Cancel);

        using var second = _state.Open();
        await second.ReadAsync(Certificate, Cancel);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_state["tmp"]));

        await File.WriteAllTextAsync(_state["tmp/in-use"], "x", Cancel);
        await _state.Open().ReadAsync(Certificate, Cancel);
        Assert.True(File.Exists(_state["tmp/in-use"]));
    }

    [Fact]
    public async Task A_lease_excludes_another_process_until_it_ends()
    {
        var one = _state.Open();
        var two = _state.Open();
        var lease = (await one.TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel))!;
        Assert.Null(await two.TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel));

        _time.Advance(TimeSpan.FromMinutes(2));
        var next = (await two.TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel))!;

        Assert.True(next.Fence.Token > lease.Fence.Token);
        Assert.False(await lease.RenewAsync(TimeSpan.FromMinutes(1), Cancel));
        await Assert.ThrowsAsync<StoreConflictException>(() => one.WriteAsync(Certificate, Content("late"), null, lease.Fence, Cancel).AsTask());
    }

    [Fact]
    public async Task Fences_grow_over_restarts()
    {
        long first;
        using (var before = _state.Open())
        {
            await using var lease = (await before.TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel))!;
            first = lease.Fence.Token;
        }

        Assert.True((await _state.Open().TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel))!.Fence.Token > first);
    }

    private static Task<RecordVersion> WriteAsync(StateDirectoryStore store, RecordKey key, string chain = "the chain", string secret = "the key") =>
        store.WriteAsync(key, Content(chain, secret), null, null, Cancel).AsTask();

    private static RecordContent Content(string chain, string secret = "the key") => new(
        [new RecordPart("fullchain", Encoding.UTF8.GetBytes(chain)), new RecordPart("privkey", Encoding.UTF8.GetBytes(secret), secret: true)]);
}
