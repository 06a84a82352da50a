using System.Diagnostics;
using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>What lies in the state directory is not trusted for lying there: whoever may write to it must not make a command of root's read or change a stranger's files.</summary>
public sealed class StateDirectoryTrustTests : IDisposable
{
    private const UnixFileMode Everybody = (UnixFileMode)0b111_111_111;
    private static readonly RecordKey Certificate = new(RecordKind.Certificate, "shop.test@20260101T000000Z-0a1b2c3d");
    private static readonly RecordKey Account = new(RecordKind.Account, "ca.test/dir/NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    private static readonly RecordKey Order = new(RecordKind.Order, "shop.test");
    private readonly StateFolder _state = new(new FakeTimeProvider());
    private readonly string _stranger;

    public StateDirectoryTrustTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no modes.");
        _stranger = Path.Combine(Path.GetDirectoryName(_state.Path)!, "stranger");
        Directory.CreateDirectory(_stranger);
        foreach (var file in new[] { "privkey", "fullchain", "shop.test.json" })
        {
            File.WriteAllText(Path.Combine(_stranger, file), "a stranger's");
            File.SetUnixFileMode(Path.Combine(_stranger, file), FileModes.PublicFile);
        }

        File.SetUnixFileMode(_stranger, FileModes.PublicFolder);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _state.Dispose();

    [Theory]
    [InlineData("certificate", "certs/shop.test@20260101T000000Z-0a1b2c3d/privkey", "privkey")]
    [InlineData("certificate", "certs/shop.test@20260101T000000Z-0a1b2c3d", "")]
    [InlineData("certificate", "certs", "")]
    [InlineData("account", "accounts/ca.test%2Fdir/NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs/privkey", "privkey")]
    [InlineData("account", "accounts/ca.test%2Fdir/NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", "")]
    [InlineData("account", "accounts/ca.test%2Fdir", "")]
    [InlineData("order", "orders/shop.test.json", "shop.test.json")]
    [InlineData("order", "orders", "")]
    public async Task A_link_in_the_place_of_what_was_stored_is_not_followed(string kindName, string path, string target)
    {
        var kind = new RecordKind(kindName);
        var key = kind == RecordKind.Certificate ? Certificate : kind == RecordKind.Account ? Account : Order;
        var store = _state.Open();
        await WriteAsync(store, key);
        Directory.Move(_state[path], _state[path] + ".was");
        File.CreateSymbolicLink(_state[path], Path.Combine(_stranger, target));
        if (target.Length == 0 && kind == RecordKind.Account && path.EndsWith("dir", StringComparison.Ordinal)) CopyStranger("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        if (path == "certs") CopyStranger("shop.test@20260101T000000Z-0a1b2c3d");

        var record = await store.ReadAsync(key, Cancel);

        Assert.NotNull(record?.Error);
        Assert.Contains(_state[path], record.Error, StringComparison.Ordinal);
        Assert.Contains("link", record.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(record.Content.Parts, part => Encoding.UTF8.GetString(part.Bytes.Span).Contains("stranger", StringComparison.Ordinal));
        Assert.All(Directory.EnumerateFiles(_stranger, "*", SearchOption.AllDirectories), file => Assert.Equal(FileModes.PublicFile, File.GetUnixFileMode(file)));
        Assert.DoesNotContain(_state.Log, line => line.Contains("202", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("certs")]
    [InlineData("accounts")]
    [InlineData("tmp")]
    [InlineData("locks")]
    public async Task A_link_in_the_place_of_a_folder_of_the_store_is_refused_and_nothing_is_written_through_it(string folder)
    {
        using (var first = _state.Open()) await WriteAsync(first, Certificate);
        Directory.Move(_state[folder], _state[folder] + ".was");
        Directory.CreateSymbolicLink(_state[folder], _stranger);
        var before = Directory.EnumerateFileSystemEntries(_stranger).Order().ToList();

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => WriteAsync(_state.Open(), Account));

        Assert.Contains(_state[folder], refused.Message, StringComparison.Ordinal);
        Assert.Contains("link", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.EnumerateFileSystemEntries(_stranger).Order());
        Assert.Equal(FileModes.PublicFolder, File.GetUnixFileMode(_stranger));
    }

    [Fact]
    public async Task The_state_directory_itself_may_be_a_link_of_the_operators()
    {
        var real = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(_state.Path)!, "volume")).FullName;
        Directory.CreateSymbolicLink(_state.Path, real);

        await WriteAsync(_state.Open(), Certificate);

        Assert.Null((await _state.Open().ReadAsync(Certificate, Cancel))!.Error);
        Assert.True(Directory.Exists(Path.Combine(real, "certs")));
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_a_record_holds_nobody_up()
    {
        var store = _state.Open();
        await WriteAsync(store, Order);
        File.Delete(_state["orders/shop.test.json"]);
        using (var maker = Process.Start("mkfifo", [_state["orders/shop.test.json"]])) await maker.WaitForExitAsync(Cancel);

        var record = await store.ReadAsync(Order, Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancel);

        Assert.Contains(_state["orders/shop.test.json"], record!.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folders_of_the_store_that_others_could_change_are_closed_with_a_word_each()
    {
        using (var first = _state.Open()) await WriteAsync(first, Certificate);
        string[] open = ["", "accounts", "certs", "orders", "tmp", "locks", "certs/shop.test@20260101T000000Z-0a1b2c3d"];
        foreach (var folder in open) File.SetUnixFileMode(_state[folder], Everybody);

        await ListAsync(_state.Open(), RecordKind.Certificate);

        Mode("accounts", FileModes.PrivateFolder);
        Mode("orders", FileModes.PrivateFolder);
        Mode("tmp", FileModes.PrivateFolder);
        Mode("locks", FileModes.PrivateFolder);
        Mode("certs", FileModes.PublicFolder);
        Mode("certs/shop.test@20260101T000000Z-0a1b2c3d", FileModes.PublicFolder);
        Assert.Equal((UnixFileMode)0, File.GetUnixFileMode(_state.Path) & UnixFileMode.OtherWrite);
        Assert.All(open, folder => Assert.Single(_state.Log, line => line.StartsWith("Warning 208", StringComparison.Ordinal) && line.Contains($"{_state[folder].TrimEnd('/')} ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_is_the_operators_keeps_its_modes()
    {
        using (var first = _state.Open()) await WriteAsync(first, Certificate);
        File.SetUnixFileMode(_state["desired"], Everybody);
        File.SetUnixFileMode(_state.Path, FileModes.PublicFolder | UnixFileMode.GroupWrite | UnixFileMode.SetGroup); // as Kubernetes' fsGroup makes it

        await _state.Open().ReadAsync(Certificate, Cancel);

        Mode("desired", Everybody);
        Mode("", FileModes.PublicFolder | UnixFileMode.GroupWrite | UnixFileMode.SetGroup);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("root", true)]
    public async Task A_key_that_a_group_may_read_is_closed_where_no_key_group_is_set(string? keyGroup, bool stays)
    {
        using (var first = _state.Open()) await WriteAsync(first, Certificate);
        var key = "certs/shop.test@20260101T000000Z-0a1b2c3d/privkey";
        File.SetUnixFileMode(_state[key], FileModes.GroupFile);

        await _state.Open(keyGroup).ReadAsync(Certificate, Cancel);

        Mode(key, stays ? FileModes.GroupFile : FileModes.PrivateFile);
        Assert.Equal(!stays, _state.Log.Any(line => line.StartsWith("Warning 202", StringComparison.Ordinal) && line.Contains(_state[key], StringComparison.Ordinal)));
    }

    private void CopyStranger(string folder)
    {
        var made = Directory.CreateDirectory(Path.Combine(_stranger, folder)).FullName;
        foreach (var file in new[] { "privkey", "fullchain" }) File.Copy(Path.Combine(_stranger, file), Path.Combine(made, file));
    }

    private void Mode(string path, UnixFileMode expected) => Assert.Equal((path, expected), (path, File.GetUnixFileMode(_state[path])));

    private static Task<RecordVersion> WriteAsync(StateDirectoryStore store, RecordKey key) => store.WriteAsync(
        key,
        new RecordContent([new RecordPart("fullchain", "the chain"u8.ToArray()), new RecordPart("privkey", "the key"u8.ToArray(), secret: true)]),
        null,
        null,
        Cancel).AsTask();

    private static async Task<List<StoreRecord>> ListAsync(StateDirectoryStore store, RecordKind kind)
    {
        var records = new List<StoreRecord>();
        await foreach (var record in store.ListAsync(kind, null, Cancel)) records.Add(record);
        return records;
    }
}
