using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using static AcmeKestrel.Tests.Storage.CopiedScene;

namespace AcmeKestrel.Tests.Storage;

/// <summary>What this machine keeps of an engine's certificates: the newest of each label, and only what can be read.</summary>
public sealed class LocalCopyTests : IDisposable
{
    private readonly CopiedScene _scene = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A hundred thousand are copied at the first start.</summary>
    [Fact]
    public async Task The_folder_is_looked_through_once_and_not_for_each_certificate()
    {
        var counted = new CountingStore(_scene.Kept);
        using var store = new CopiedStore(_scene.Flaky, new LocalCopy(counted, NullLogger.Instance), _scene.Time, NullLogger<CopiedStore>.Instance);
        for (var i = 0; i < 20; i++) await store.WriteAsync(new StoreWrite(Key($"shop{i:00}.test@1"), Content("first")), Token);
        await store.WriteAsync(new StoreWrite(Key("shop00.test@2"), Content("second")), Token);

        await Eventually.TrueAsync(() => _scene.CopiedAsync(["shop00.test@2", .. Enumerable.Range(1, 19).Select(i => $"shop{i:00}.test@1")]));
        Assert.Equal(1, counted.Lists);
        Assert.True(store.IsCopied(Key("shop00.test@1")));
        Assert.True(store.IsCopied(Key("shop00.test@2")));
        Assert.False(store.IsCopied(Key("shop00.test@3")));
        Assert.False(store.IsCopied(Key("other.test@1")));
    }

    [Fact]
    public async Task What_another_machine_committed_is_copied_when_it_is_read_and_what_it_removed_goes_at_the_next_start()
    {
        await _scene.WriteAsync("gone.test@1", "gone");
        await _scene.Engine.WriteAsync(new StoreWrite(Key("shop.test@1"), Content("first")), Token);
        Assert.Equal("first", await ReadAsync(_scene.Store, "shop.test@1"));
        await Eventually.TrueAsync(() => _scene.CopiedAsync("gone.test@1", "shop.test@1"));

        await _scene.Engine.DeleteAsync(new StoreDeletion(Key("gone.test@1")), Token);
        Assert.Equal(["shop.test@1"], await HeadsAsync(_scene.Open()));

        await Eventually.TrueAsync(() => _scene.CopiedAsync("shop.test@1"));
    }

    /// <summary>It follows for months, and looks at all names every minute.</summary>
    [Fact]
    public async Task What_another_machine_removed_goes_while_this_one_follows()
    {
        await _scene.WriteAsync("gone.test@1", "gone");
        await _scene.WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => _scene.CopiedAsync("gone.test@1", "shop.test@1"));
        await _scene.Engine.DeleteAsync(new StoreDeletion(Key("gone.test@1")), Token);

        Assert.Equal(["shop.test@1"], await EntriesAsync());
        Assert.True(await _scene.CopiedAsync("gone.test@1", "shop.test@1"));
        _scene.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(["shop.test@1"], await EntriesAsync());

        await Eventually.TrueAsync(() => _scene.CopiedAsync("shop.test@1"));

        async Task<List<string>> EntriesAsync()
        {
            var names = new List<string>();
            await foreach (var entry in _scene.Store.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), Token)) names.Add(entry.Key.Name);
            return names;
        }
    }

    [Fact]
    public async Task A_copy_that_cannot_be_written_costs_the_engine_nothing()
    {
        using var store = new CopiedStore(_scene.Engine, new LocalCopy(new FlakyStore(_scene.Kept) { Writing = _ => throw new StoreUnavailableException("full") }, NullLogger.Instance), _scene.Time, NullLogger<CopiedStore>.Instance);
        await store.WriteAsync(new StoreWrite(Key("shop.test@1"), Content("first")), Token);

        Assert.Equal("first", await ReadAsync(store, "shop.test@1"));
    }

    /// <summary>The ring of keys was lost with the last process, or another one was deployed.</summary>
    [Fact]
    public async Task A_copy_that_this_process_cannot_open_is_written_anew()
    {
        using (var before = Open(new EphemeralDataProtectionProvider())) await before.WriteAsync(new StoreWrite(Key("shop.test@1"), Content("first")), Token);
        Assert.True(await _scene.CopiedAsync("shop.test@1"));

        using var store = Open(new EphemeralDataProtectionProvider());
        Assert.False(store.IsCopied(Key("shop.test@1")));
        Assert.Equal("first", await ReadAsync(store, "shop.test@1"));
        await Eventually.TrueAsync(() => Task.FromResult(store.IsCopied(Key("shop.test@1"))));
        _scene.GoAway();

        Assert.Equal("first", await ReadAsync(store, "shop.test@1"));

        CopiedStore Open(EphemeralDataProtectionProvider keys) => new(_scene.Flaky, new LocalCopy(new ProtectedStore(_scene.Kept, keys), NullLogger.Instance), _scene.Time, NullLogger<CopiedStore>.Instance);
    }

    [Theory]
    [InlineData("shop.test@1")]
    [InlineData("shop.test@2")]
    public async Task A_copy_that_rots_is_written_anew(string newest)
    {
        await _scene.Kept.WriteAsync(new StoreWrite(Key(newest), newest == "shop.test@1" ? Content("rotten") : new RecordContent([])), Token);
        await _scene.Engine.WriteAsync(new StoreWrite(Key("shop.test@1"), Content("first")), Token);
        using var store = new CopiedStore(_scene.Flaky, new LocalCopy(new RottenStore(_scene.Kept, newest), NullLogger.Instance), _scene.Time, NullLogger<CopiedStore>.Instance);

        Assert.Equal("first", await ReadAsync(store, "shop.test@1"));

        await Eventually.TrueAsync(() => _scene.CopiedAsync("shop.test@1"));
        await Eventually.TrueAsync(async () => Encoding.UTF8.GetString((await _scene.Kept.ReadAsync(Key("shop.test@1"), Token))!.Content.Find("privkey")!.Value.Span) == "first");
    }

    [Fact]
    public async Task A_copy_is_looked_at_once_and_not_each_time()
    {
        await _scene.WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => _scene.CopiedAsync("shop.test@1"));
        var (reads, counted) = (0, new FlakyStore(_scene.Kept));
        counted.Reading = _ =>
        {
            Interlocked.Increment(ref reads);
            return Task.CompletedTask;
        };
        using (var store = new CopiedStore(_scene.Flaky, new LocalCopy(counted, NullLogger.Instance), _scene.Time, NullLogger<CopiedStore>.Instance))
        {
            for (var i = 0; i < 5; i++) await ReadAsync(store, "shop.test@1");
        }

        Assert.Equal(1, reads);
    }

    /// <summary>A process that is stopped when it has just got its certificates has them at its next start, with an engine or without.</summary>
    [Fact]
    public async Task What_was_committed_just_before_the_end_is_copied()
    {
        var gate = new TaskCompletionSource();
        var store = new CopiedStore(_scene.Engine, new LocalCopy(new FlakyStore(_scene.Kept) { Writing = _ => gate.Task }, NullLogger.Instance), _scene.Time, NullLogger<CopiedStore>.Instance);
        string[] names = [.. Enumerable.Range(10, 20).Select(i => $"shop{i}.test@1")];
        foreach (var name in names) await store.WriteAsync(new StoreWrite(Key(name), Content("first")), Token);

        var end = Task.Factory.StartNew(store.Dispose, Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        gate.SetResult();
        await end;

        Assert.True(await _scene.CopiedAsync(names));
    }

    public void Dispose() => _scene.Dispose();

    /// <summary>One record of it is damaged, as the store itself sees when it reads it, until it is written anew.</summary>
    private sealed class RottenStore(IAcmeStore inner, string name) : DelegatingStore(inner)
    {
        private bool _isRotten = name == "shop.test@2";

        public override async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) =>
            await base.ReadAsync(key, cancellationToken) is { } record ? _isRotten && key.Name == name ? record with { Error = "rotten" } : record : null;

        public override ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
        {
            _isRotten &= write.Key.Name != name;
            return base.WriteAsync(write, cancellationToken);
        }
    }
}
