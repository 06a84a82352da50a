using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A store that is copied is the same store, and its certificates are there while it is away.</summary>
public sealed class CopiedStoreTests : StoreConformanceTests, IDisposable
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly MemoryStore _engine;
    private readonly IAcmeStore _kept;
    private readonly FlakyStore _flaky;
    private readonly List<CopiedStore> _stores = [];

    public CopiedStoreTests()
    {
        (_engine, _kept) = (new MemoryStore(_time), new MemoryStore(_time));
        _flaky = new FlakyStore(_engine);
        Store = Open();
    }

    protected override IAcmeStore Store { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Certificates_are_listed_and_read_from_the_copy_after_a_restart_without_the_engine()
    {
        await WriteAsync("shop.test@1", "first");
        await WriteAsync("shop.test@2", "second");
        await WriteAsync("other.test@1", "other");
        await Eventually.TrueAsync(() => CopiedAsync("other.test@1", "shop.test@2"));
        GoAway();

        var store = Open();
        Assert.Equal(["other.test@1", "shop.test@2"], (await HeadsAsync(store)).Order());
        Assert.Equal("second", await ReadAsync(store, "shop.test@2"));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ReadAsync(new RecordKey(RecordKind.Schedule, "shop.test"), Token).AsTask());
    }

    /// <summary>Whoever has the state would order what the copy does not know.</summary>
    [Fact]
    public async Task Once_the_engine_has_answered_no_list_comes_from_the_copy()
    {
        await WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => CopiedAsync("shop.test@1"));
        var store = Open();
        Assert.NotNull(await store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(1)), Token));
        GoAway();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => HeadsAsync(store));
        Assert.Equal("first", await ReadAsync(store, "shop.test@1"));
    }

    [Fact]
    public async Task What_another_machine_committed_is_copied_when_it_is_read_and_what_it_removed_goes_at_the_next_start()
    {
        await WriteAsync("gone.test@1", "gone");
        await _engine.WriteAsync(new StoreWrite(Key("shop.test@1"), Content("first")), Token);
        Assert.Equal("first", await ReadAsync(Store, "shop.test@1"));
        await Eventually.TrueAsync(() => CopiedAsync("gone.test@1", "shop.test@1"));

        await _engine.DeleteAsync(new StoreDeletion(Key("gone.test@1")), Token);
        Assert.Equal(["shop.test@1"], await HeadsAsync(Open()));

        await Eventually.TrueAsync(() => CopiedAsync("shop.test@1"));
    }

    [Fact]
    public async Task A_copy_that_cannot_be_written_costs_the_engine_nothing()
    {
        using var store = new CopiedStore(_engine, new LocalCopy(new FlakyStore(_kept) { Writing = _ => throw new StoreUnavailableException("full") }, NullLogger.Instance), NullLogger<CopiedStore>.Instance);
        await store.WriteAsync(new StoreWrite(Key("shop.test@1"), Content("first")), Token);

        Assert.Equal("first", await ReadAsync(store, "shop.test@1"));
    }

    public void Dispose() => _stores.ForEach(store => store.Dispose());

    protected override IAcmeStore OpenAnother() => Store;

    protected override ValueTask PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return ValueTask.CompletedTask;
    }

    private CopiedStore Open()
    {
        var store = new CopiedStore(_flaky, new LocalCopy(_kept, NullLogger.Instance), NullLogger<CopiedStore>.Instance);
        _stores.Add(store);
        return store;
    }

    private void GoAway()
    {
        _flaky.Reading = _ => throw new StoreUnavailableException("away");
        _flaky.Listing = _ => throw new StoreUnavailableException("away");
    }

    private async Task<bool> CopiedAsync(params string[] names)
    {
        var found = new List<string>();
        await foreach (var entry in _kept.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), Token)) found.Add(entry.Key.Name);
        return found.Order(StringComparer.Ordinal).SequenceEqual(names);
    }

    private static async Task<List<string>> HeadsAsync(IAcmeStore store)
    {
        var heads = new List<string>();
        await foreach (var head in store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, "meta.json"), Token)) heads.Add(head.Key.Name);
        return heads;
    }

    private static async Task<string> ReadAsync(IAcmeStore store, string name) => Encoding.UTF8.GetString((await store.ReadAsync(Key(name), Token))!.Content.Find("privkey")!.Value.Span);

    private Task WriteAsync(string name, string text) => Store.WriteAsync(new StoreWrite(Key(name), Content(text)), Token).AsTask();

    private static RecordKey Key(string name) => new(RecordKind.Certificate, name);

    private static RecordContent Content(string text) => new([new RecordPart("meta.json", "{}"u8.ToArray()), new RecordPart("privkey", Encoding.UTF8.GetBytes(text), secret: true)]);
}
