using System.Diagnostics;
using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Storage.Files.Kernel;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Tests.Storage;

/// <summary>What is read without waiting is what would be read otherwise, or it is left to that.</summary>
public sealed class AtHandTests : IDisposable
{
    private const string Folder = "certs/shop.test@20260101T000000Z-0a1b2c3d";
    private static readonly RecordKey Key = new(RecordKind.Certificate, "shop.test@20260101T000000Z-0a1b2c3d");
    private static readonly string[] Parts = ["fullchain", "privkey"];

    /// <summary>Beside the tests, on a disk: a temporary folder may be memory, whose file system answers no such question.</summary>
    private readonly string _root = Path.Combine(AppContext.BaseDirectory, $"at-hand-{Guid.NewGuid():N}");
    private readonly StateDirectoryStore _store;

    public AtHandTests() => _store = new(new StateDirectoryOptions(_root, null), TimeProvider.System, NullLogger<StateDirectoryStore>.Instance, LocalFileSystem.Below(_root));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task What_the_kernel_has_in_memory_is_read_at_once()
    {
        await WriteAsync();

        Assert.Equal(CanHere(), _store.TryRead(Key, Parts) is { } found && found.Parts.Select(part => (part.Name, Encoding.UTF8.GetString(part.Bytes.Span))).SequenceEqual([("fullchain", "chain"), ("privkey", "key")]));
    }

    [Fact]
    public async Task Nothing_is_read_before_somebody_opened_the_state()
    {
        await WriteAsync();
        using var other = new StateDirectoryStore(new StateDirectoryOptions(_root, null), TimeProvider.System, NullLogger<StateDirectoryStore>.Instance, LocalFileSystem.Below(_root));

        Assert.Null(other.TryRead(Key, Parts));
        await other.ReadAsync(Key, Cancel);
        Assert.Equal(CanHere(), other.TryRead(Key, Parts) is not null);
    }

    [Fact]
    public async Task A_record_that_is_not_there_or_lacks_a_part_is_left_to_a_closer_look()
    {
        await WriteAsync();

        Assert.Null(_store.TryRead(new RecordKey(RecordKind.Certificate, "other.test@20260101T000000Z-0a1b2c3d"), Parts));
        Assert.Null(_store.TryRead(Key, ["fullchain", "meta.json"]));
        Assert.Null(_store.TryRead(new RecordKey(RecordKind.Order, "shop.test"), Parts));
    }

    [Theory]
    [InlineData(Folder + "/privkey")]
    [InlineData(Folder)]
    [InlineData("certs")]
    public async Task A_link_in_the_place_of_what_was_stored_is_not_followed(string path)
    {
        await WriteAsync();
        var place = Path.Combine(_root, path);
        var moved = place + ".was";
        if (path.EndsWith("privkey", StringComparison.Ordinal)) File.Move(place, moved);
        else Directory.Move(place, moved);
        File.CreateSymbolicLink(place, Path.GetFileName(moved));

        Assert.Null(_store.TryRead(Key, Parts));
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_a_file_is_not_waited_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes in folders.");
        await WriteAsync();
        var place = Path.Combine(_root, Folder, "privkey");
        File.Delete(place);
        using var made = Process.Start("mkfifo", [place]);
        await made.WaitForExitAsync(Cancel);

        Assert.Null(_store.TryRead(Key, Parts));
    }

    /// <summary>Whoever looks closely closes it, with a word.</summary>
    [Fact]
    public async Task A_key_that_others_may_read_is_left_to_a_closer_look()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no modes.");
        await WriteAsync();
        File.SetUnixFileMode(Path.Combine(_root, Folder, "privkey"), FileModes.PublicFile);

        Assert.Null(_store.TryRead(Key, Parts));
        await _store.ReadAsync(Key, Cancel);
        Assert.Equal(CanHere(), _store.TryRead(Key, Parts) is not null);
    }

    [Fact]
    public async Task Who_encrypts_gives_nothing_out_that_is_encrypted()
    {
        await WriteAsync();
        IAcmeStore plain = new PlainStore(_store);
        IAcmeStore closed = new ProtectedStore(_store, new EphemeralDataProtectionProvider());

        Assert.Same(_store, plain.FindAbility<IRecordsAtHand>());
        Assert.Null(closed.FindAbility<IRecordsAtHand>());
        Assert.NotNull(closed.FindAbility<IStateFolder>());
    }

    private async Task WriteAsync()
    {
        var content = new RecordContent([new RecordPart("fullchain", "chain"u8.ToArray()), new RecordPart("privkey", "key"u8.ToArray(), secret: true), new RecordPart("chain", "x"u8.ToArray())]);
        await _store.WriteAsync(new StoreWrite(Key, content), Cancel);
    }

    /// <summary>Whether the kernel and the file system under the tests do it at all.</summary>
    private bool CanHere()
    {
        File.WriteAllText(Path.Combine(_root, "tmp", "trial"), "trial");
        return OperatingSystem.IsLinux() && AtHandFiles.TryRead(_root, "tmp", ["trial"]) is not null;
    }
}
