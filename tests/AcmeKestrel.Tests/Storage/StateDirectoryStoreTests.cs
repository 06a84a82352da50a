using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

public sealed class StateDirectoryStoreTests : IDisposable
{
    private const string Generation = "20260101T000000Z-0a1b2c3d";
    private static readonly RecordKey Certificate = new(RecordKind.Certificate, $"shop.test@{Generation}");
    private static readonly RecordKey Account = new(RecordKind.Account, "ca.test/dir/NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    private readonly FakeTimeProvider _time = new();
    private readonly StateFolder _state;

    public StateDirectoryStoreTests() => _state = new StateFolder(_time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _state.Dispose();

    [Fact]
    public async Task Records_lie_where_the_layout_says_with_their_modes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no modes.");
        var store = _state.Open();
        await WriteAsync(store, Certificate);
        await WriteAsync(store, Account);
        await WriteAsync(store, new RecordKey(RecordKind.Schedule, "*.shop.test"));
        await store.SwitchAsync("shop.test", Generation, Cancel);

        Assert.Equal("acmekestrel 1\n", await File.ReadAllTextAsync(_state["format"], Cancel));
        Mode("certs", FileModes.PublicFolder);
        Mode($"certs/shop.test@{Generation}", FileModes.PublicFolder);
        Mode($"certs/shop.test@{Generation}/fullchain", FileModes.PublicFile);
        Mode($"certs/shop.test@{Generation}/privkey", FileModes.PrivateFile);
        Mode("accounts", FileModes.PrivateFolder);
        Mode("accounts/ca.test%2Fdir", FileModes.PrivateFolder);
        Mode("accounts/ca.test%2Fdir/NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", FileModes.PrivateFolder);
        Mode("accounts/ca.test%2Fdir/NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs/privkey", FileModes.PrivateFile);
        Mode("schedule/_.shop.test.json", FileModes.PrivateFile);
        foreach (var folder in new[] { "schedule", "orders", "answers", "ledger", "deliveries", "wishes", "dns", "locks", "tmp" }) Mode(folder, FileModes.PrivateFolder);
        Assert.Equal($"shop.test@{Generation}", new FileInfo(_state["certs/shop.test"]).LinkTarget);
        Assert.Equal("the chain", await File.ReadAllTextAsync(_state["certs/shop.test/fullchain"], Cancel));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_state["tmp"]));
    }

    [Fact]
    public async Task A_key_group_may_read_certificate_keys_and_no_others()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It reads the process's own group from /proc.");
        var store = _state.Open(keyGroup: OwnGroup());
        await WriteAsync(store, Certificate);
        await WriteAsync(store, Account);

        Mode($"certs/shop.test@{Generation}/privkey", FileModes.GroupFile);
        Mode("accounts/ca.test%2Fdir/NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs/privkey", FileModes.PrivateFile);
        Assert.True((await store.ReadAsync(Certificate, Cancel))!.Content.Parts.Single(part => part.Name == "privkey").Secret);
        Assert.DoesNotContain(_state.Log, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_group_that_does_not_exist_is_a_warning_and_the_key_is_private()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no groups.");
        await WriteAsync(_state.Open(keyGroup: "no-such-group-here"), Certificate);

        Mode($"certs/shop.test@{Generation}/privkey", FileModes.PrivateFile);
        Assert.Contains(_state.Log, line => line.StartsWith("Warning 205", StringComparison.Ordinal) && line.Contains("no-such-group-here", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_others_may_read_is_closed_with_a_warning()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no modes.");
        var store = _state.Open();
        await WriteAsync(store, Certificate);
        var key = _state[$"certs/shop.test@{Generation}/privkey"];
        File.SetUnixFileMode(key, FileModes.PublicFile);

        Assert.True((await store.ReadAsync(Certificate, Cancel))!.Content.Parts.Single(part => part.Name == "privkey").Secret);

        Assert.Equal(FileModes.PrivateFile, File.GetUnixFileMode(key));
        Assert.Contains(_state.Log, line => line.StartsWith("Warning 202", StringComparison.Ordinal) && line.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_operator_can_read_a_record()
    {
        var content = new RecordContent([new RecordPart("state.json", """{"attempts":3}"""u8.ToArray()), new RecordPart("privkey", "-----BEGIN"u8.ToArray(), secret: true)]);
        await _state.Open().WriteAsync(new RecordKey(RecordKind.Order, "shop.test"), content, null, null, Cancel);

        var text = await File.ReadAllTextAsync(_state["orders/shop.test.json"], Cancel);

        Assert.Contains("\"name\": \"shop.test\"", text, StringComparison.Ordinal);
        Assert.Contains("""{"attempts":3}""", text, StringComparison.Ordinal);
        Assert.Contains("\"-----BEGIN\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_stored_is_there_after_a_restart_at_the_same_version()
    {
        RecordVersion version;
        using (var before = _state.Open()) version = await WriteAsync(before, Account);

        Assert.Equal(version, (await _state.Open().ReadAsync(Account, Cancel))!.Version);
    }

    [Fact]
    public async Task The_longest_host_name_has_a_generation_and_a_link()
    {
        var label = string.Join('.', Enumerable.Repeat(new string('a', 62), 4));
        var store = _state.Open();
        await WriteAsync(store, new RecordKey(RecordKind.Certificate, $"{label}@{Generation}"));
        await store.SwitchAsync(label, Generation, Cancel);

        Assert.Equal($"{label}@{Generation}", (await ListAsync(_state.Open(), RecordKind.Certificate)).Single().Key.Name);
        Assert.Single(Directory.EnumerateDirectories(_state["certs"]), path => new FileInfo(path).LinkTarget is not null && File.Exists(Path.Combine(path, "privkey")));
    }

    [Theory]
    [InlineData("orders/shop.test.json", "{\"name\":\"shop.t")]
    [InlineData("orders/shop.test.json", "")]
    [InlineData("orders/shop.test.json", "null")]
    [InlineData("orders/shop.test.json", "{\"name\":\"other.test\",\"parts\":[]}")]
    [InlineData("orders/shop.test.json", "{\"name\":\"shop.test\",\"parts\":[{\"name\":\"../x\",\"text\":\"\"}]}")]
    [InlineData("orders/shop.test.json", "{\"name\":\"shop.test\",\"parts\":[{\"name\":\"x\",\"base64\":\"?\"}]}")]
    [InlineData("orders/shop.test.json", "{\"name\":\"shop.test\",\"parts\":[{\"name\":\"x\",\"text\":null}]}")]
    [InlineData("orders/shop.test.json", "{\"name\":\"shop.test\",\"parts\":[{\"name\":null,\"text\":\"\"}]}")]
    [InlineData("orders/shop.test.json", "{\"name\":\"shop.test\",\"parts\":[{\"name\":\"x\",\"base64\":null}]}")]
    [InlineData("orders/shop.test.json", "{\"name\":\"shop.test\",\"parts\":null}")]
    [InlineData("orders/shop.test.json", "{\"name\":null,\"parts\":[]}")]
    [InlineData("orders/shop.test.json", "{\"name\":\"shop.test\",\"parts\":[{\"name\":\"x\",\"text\":\"\"},{\"name\":\"x\",\"text\":\"y\"}]}")]
    public async Task A_damaged_record_is_listed_with_its_file_and_the_others_too(string file, string damage)
    {
        var store = _state.Open();
        foreach (var name in new[] { "a.test", "shop.test", "z.test" }) await WriteAsync(store, new RecordKey(RecordKind.Order, name));
        await File.WriteAllTextAsync(_state[file], damage, Cancel);

        var records = await ListAsync(store, RecordKind.Order);

        Assert.Equal(["a.test", "shop.test", "z.test"], records.Select(record => record.Key.Name));
        Assert.Equal([false, true, false], records.Select(record => record.Error is not null));
        Assert.Contains(_state[file], records[1].Error, StringComparison.Ordinal);
        Assert.Equal(damage, Encoding.UTF8.GetString(records[1].Content.Find("damaged")!.Value.Span));

        await store.DeleteAsync(records[1].Key, records[1].Version, null, Cancel);
        Assert.Null(await store.ReadAsync(records[1].Key, Cancel));
    }

    /// <summary>A sparse file, a core dump that fell there, an inode that decayed: no array is that long.</summary>
    [Theory]
    [InlineData("orders/shop.test.json")]
    [InlineData("certs/shop.test@20260101T000000Z-0a1b2c3d/fullchain")]
    [InlineData("certs/shop.test@20260101T000000Z-0a1b2c3d/core.1234")]
    public async Task A_file_that_is_larger_than_any_record_holds_its_own_and_no_other(string file)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A file without blocks is to be asked for there.");
        var (store, isOrder) = (_state.Open(), file.StartsWith("orders", StringComparison.Ordinal));
        RecordKey[] keys = [.. new[] { "a.test", "shop.test", "z.test" }.Select(name => isOrder ? new RecordKey(RecordKind.Order, name) : new RecordKey(RecordKind.Certificate, $"{name}@{Generation}"))];
        foreach (var key in keys) await WriteAsync(store, key);
        using (var huge = new FileStream(_state[file], FileMode.OpenOrCreate)) huge.SetLength(3L << 30);

        var records = await ListAsync(store, keys[0].Kind);

        Assert.Equal(keys.Select(key => key.Name), records.Select(record => record.Key.Name));
        Assert.Equal([false, true, false], records.Select(record => record.Error is not null));
        Assert.Contains(_state[file], records[1].Error, StringComparison.Ordinal);
        Assert.False(records[1].IsUnread);
        Assert.Null(store.TryRead(keys[1], ["fullchain", Path.GetFileName(file)]));
    }

    [Theory]
    [InlineData("privkey")]
    [InlineData("fullchain")]
    public async Task A_certificate_without_key_or_chain_is_damaged_and_keeps_what_it_has(string missing)
    {
        var store = _state.Open();
        await WriteAsync(store, Certificate);
        File.Delete(_state[$"certs/shop.test@{Generation}/{missing}"]);

        var record = Assert.Single(await ListAsync(store, RecordKind.Certificate));

        Assert.Contains($"shop.test@{Generation}", record.Error, StringComparison.Ordinal);
        Assert.Contains(missing, record.Error, StringComparison.Ordinal);
        Assert.Single(record.Content.Parts);
    }

    [Fact]
    public async Task Files_that_are_not_of_the_store_are_left_alone()
    {
        var store = _state.Open();
        await WriteAsync(store, Certificate);
        await WriteAsync(store, new RecordKey(RecordKind.Order, "shop.test"));
        string[] foreign = ["orders/.shop.test.json.swp", "orders/notes.txt", "orders/SHOP.json", $"certs/shop.test@{Generation}/privkey~"];
        foreach (var file in foreign) await File.WriteAllTextAsync(_state[file], "x", Cancel);
        Directory.CreateDirectory(_state["certs/backup"]);

        Assert.Null(Assert.Single(await ListAsync(store, RecordKind.Order)).Error);
        Assert.Null(Assert.Single(await ListAsync(store, RecordKind.Certificate)).Error);
        Assert.All(foreign.Append("certs/backup"), path => Assert.Contains(_state.Log, line => line.StartsWith("Information 204", StringComparison.Ordinal) && line.Contains(_state[path], StringComparison.Ordinal)));
        Assert.All(foreign, file => Assert.True(File.Exists(_state[file])));
    }

    [Fact]
    public async Task A_full_disk_loses_nothing_and_is_named()
    {
        var files = new SimulatedFileSystem();
        files.CreateFolders(Path.GetDirectoryName(Path.GetDirectoryName(_state.Path)!)!, FileModes.PublicFolder);
        var store = _state.Open(files: files);
        await WriteAsync(store, Certificate);
        files.Refusal = "No space left on device";

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(store, Certificate, "newer"));

        Assert.Contains("No space left on device", refused.Message, StringComparison.Ordinal);
        Assert.Contains(_state.Path, refused.Message, StringComparison.Ordinal);
        Assert.Equal("the chain", Text(await store.ReadAsync(Certificate, Cancel), "fullchain"));
        Assert.Empty(files.List(_state["tmp"]));
    }

    [Fact]
    public async Task Writers_of_different_records_do_not_wait_for_each_other()
    {
        const int Writers = 4;
        var files = new SimulatedFileSystem();
        files.CreateFolders(Path.GetDirectoryName(Path.GetDirectoryName(_state.Path)!)!, FileModes.PublicFolder);
        var store = _state.Open(files: files);
        var lease = (await store.TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel))!;
        using var inside = new CountdownEvent(Writers);
        files.BeforeCreateFile = () =>
        {
            inside.Signal();
            inside.Wait(Cancel);
        };

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(i =>
            store.WriteAsync(new RecordKey(RecordKind.Order, $"host{i}.test"), Content("x"), null, lease.Fence, Cancel).AsTask())).WaitAsync(TimeSpan.FromMinutes(1), Cancel);
    }

    /// <summary>The holder before it may have died after a record and before its word of it.</summary>
    [Fact]
    public async Task A_new_lease_tells_all_to_list_again()
    {
        await using var watch = await _state.Open().OpenWatchAsync(new StoreWatchRequest { Kind = RecordKind.Certificate }, Cancel);

        Assert.NotNull(await _state.Open().TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel));

        await foreach (var change in watch.ReadAsync(Cancel))
        {
            Assert.Equal(StoreChangeKind.Reset, change.Kind);
            break;
        }
    }

    /// <summary>As an earlier version, or a hand, wrote it.</summary>
    [Fact]
    public async Task A_record_without_a_stamp_is_read_and_an_edit_is_another_version()
    {
        var (store, key, path) = (_state.Open(), new RecordKey(RecordKind.Order, "shop.test"), _state["orders/shop.test.json"]);
        await WriteAsync(store, key);
        var lines = await File.ReadAllLinesAsync(path, Cancel);
        await File.WriteAllLinesAsync(path, lines.Where(line => !line.Contains("\"version\"", StringComparison.Ordinal)), Cancel);
        Assert.Single(lines, line => line.Contains("\"version\"", StringComparison.Ordinal));

        var old = (await store.ReadAsync(key, Cancel))!;
        Assert.Null(old.Error);
        Assert.Equal(old.Version, (await store.ReadAsync(key, Cancel))!.Version);
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path, Cancel)).Replace("the chain", "another chain", StringComparison.Ordinal), Cancel);
        Assert.NotEqual(old.Version, (await store.ReadAsync(key, Cancel))!.Version);
    }

    [Fact]
    public async Task A_reader_in_another_process_never_sees_a_mixture()
    {
        var writer = _state.Open();
        var other = _state.Open();
        await WriteAsync(writer, Account, "0", "0");
        using var done = new CancellationTokenSource();
        var reader = Task.Run(
            async () =>
            {
                while (!done.IsCancellationRequested)
                {
                    var record = await other.ReadAsync(Account, Cancel);
                    Assert.Null(record!.Error);
                    Assert.Equal(Text(record, "privkey"), Text(record, "fullchain"));
                }
            },
            Cancel);

        for (var i = 1; i < 200; i++) await WriteAsync(writer, Account, $"{i}", $"{i}");
        await done.CancelAsync();
        await reader;
    }

    private void Mode(string path, UnixFileMode expected) => Assert.Equal((path, expected), (path, File.GetUnixFileMode(_state[path])));

    private static Task<RecordVersion> WriteAsync(StateDirectoryStore store, RecordKey key, string chain = "the chain", string secret = "the key") =>
        store.WriteAsync(key, Content(chain, secret), null, null, Cancel).AsTask();

    private static RecordContent Content(string chain, string secret = "the key") => new(
        [new RecordPart("fullchain", Encoding.UTF8.GetBytes(chain)), new RecordPart("privkey", Encoding.UTF8.GetBytes(secret), secret: true)]);

    private static string Text(StoreRecord? record, string part) => Encoding.UTF8.GetString(record!.Content.Find(part)!.Value.Span);

    private static async Task<List<StoreRecord>> ListAsync(StateDirectoryStore store, RecordKind kind)
    {
        var records = new List<StoreRecord>();
        await foreach (var record in store.ListAsync(kind, null, Cancel)) records.Add(record);
        return records;
    }

    private static string OwnGroup()
    {
        var number = File.ReadLines("/proc/self/status").First(line => line.StartsWith("Gid:", StringComparison.Ordinal)).Split('\t')[1];
        return File.ReadLines("/etc/group").Select(line => line.Split(':')).First(fields => fields[2] == number)[0];
    }
}
