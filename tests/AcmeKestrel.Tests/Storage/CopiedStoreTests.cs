using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A store that is copied is the same store, and its certificates are there while it is away.</summary>
public sealed class CopiedStoreTests : StoreConformanceTests, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

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

    /// <summary>An engine that gives a lease, which the keys here are worth nothing for, has answered.</summary>
    [Fact]
    public async Task A_lease_that_is_refused_for_other_keys_takes_no_list_from_the_engine()
    {
        await _engine.WriteAsync(new StoreWrite(Key("shop.test@1"), Content("plain")), Token);
        await new ProtectedStore(_engine, new EphemeralDataProtectionProvider()).WriteAsync(new StoreWrite(new RecordKey(RecordKind.Account, "ca.test/thumbprint"), Content("closed")), Token);
        using var store = new CopiedStore(new ProtectedStore(_engine, new EphemeralDataProtectionProvider()), new LocalCopy(_kept, NullLogger.Instance), _time, NullLogger<CopiedStore>.Instance);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(1)), Token).AsTask());

        Assert.Equal(["shop.test@1"], await HeadsAsync(store));
    }

    /// <summary>Nobody decides by what this machine knows then.</summary>
    [Fact]
    public async Task A_lease_that_another_machine_has_or_that_ended_keeps_no_list_from_coming_from_the_copy()
    {
        await WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => CopiedAsync("shop.test@1"));
        var store = Open();
        await using (await store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(1)), Token))
        {
        }

        await using var others = await _engine.TryLeaseAsync(new StoreLeaseRequest("state", "other", TimeSpan.FromMinutes(1)), Token);
        Assert.Null(await store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(1)), Token));
        GoAway();

        Assert.Equal(["shop.test@1"], await HeadsAsync(store));
    }

    [Fact]
    public async Task Neither_a_list_that_breaks_off_nor_one_of_a_single_label_or_of_another_kind_keeps_one_from_coming_from_the_copy()
    {
        await WriteAsync("shop.test@1", "first");
        await _engine.WriteAsync(new StoreWrite(new RecordKey(RecordKind.Schedule, "shop.test"), Content("a schedule")), Token);
        await Eventually.TrueAsync(() => CopiedAsync("shop.test@1"));
        var store = Open();
        await foreach (var _ in store.ListAsync(new StoreQuery(RecordKind.Schedule), Token))
        {
        }

        await foreach (var _ in store.ListAsync(new StoreQuery(RecordKind.Certificate) { Prefix = "shop.test@" }, Token))
        {
        }

        _flaky.Listed = () => throw new StoreUnavailableException("broken off");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => HeadsAsync(store));
        GoAway();

        Assert.Equal(["shop.test@1"], await HeadsAsync(store));
    }

    [Fact]
    public async Task A_whole_list_of_the_engines_is_the_last_word()
    {
        await WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => CopiedAsync("shop.test@1"));
        var store = Open();
        await HeadsAsync(store);
        GoAway();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => HeadsAsync(store));
    }

    /// <summary>A handshake has eight seconds, and an engine that is cut off swallows five or more of them from each.</summary>
    [Fact]
    public async Task An_engine_that_says_nothing_is_waited_for_two_seconds_and_by_the_next_ones_not_at_all()
    {
        await WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => CopiedAsync("shop.test@1"));
        var (asked, silence) = (0, new TaskCompletionSource());
        _flaky.Reading = _ =>
        {
            asked++;
            return silence.Task;
        };

        var first = ReadAsync(Store, "shop.test@1");
        Assert.False(first.IsCompleted);
        _time.Advance(Absence.Patience);
        Assert.Equal("first", await first);
        Assert.Equal("first", await ReadAsync(Store, "shop.test@1"));
        Assert.Equal(1, asked);

        // Now and then it is asked again, and once it has answered each time.
        _time.Advance(Absence.Remembered);
        var second = ReadAsync(Store, "shop.test@1");
        silence.SetResult();
        Assert.Equal("first", await second);
        Assert.Equal("first", await ReadAsync(Store, "shop.test@1"));
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task What_is_not_copied_is_waited_for()
    {
        await _engine.WriteAsync(new StoreWrite(Key("shop.test@1"), Content("first")), Token);
        var silence = new TaskCompletionSource();
        _flaky.Reading = _ => silence.Task;

        var reading = ReadAsync(Store, "shop.test@1");
        _time.Advance(Absence.Patience);
        silence.SetResult();

        Assert.Equal("first", await reading);
    }

    /// <summary>At a restart: a name that is asked for before all are listed is looked for.</summary>
    [Fact]
    public async Task A_list_that_does_not_begin_comes_from_the_copy_and_the_next_one_at_once()
    {
        await WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => CopiedAsync("shop.test@1"));
        var (store, asked, silence) = (Open(), 0, new TaskCompletionSource());
        _flaky.Listing = _ =>
        {
            asked++;
            return silence.Task;
        };

        var first = HeadsAsync(store);
        Assert.False(first.IsCompleted);
        _time.Advance(Absence.Patience);
        Assert.Equal(["shop.test@1"], await first);
        Assert.Equal(["shop.test@1"], await HeadsAsync(store));
        Assert.Equal(1, asked);
        silence.SetResult();
    }

    /// <summary>The lease is asked for first, and swallows its time.</summary>
    [Fact]
    public async Task Where_no_lease_could_be_asked_for_a_list_comes_from_the_copy_at_once()
    {
        await WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => CopiedAsync("shop.test@1"));
        var store = Open();
        _flaky.Leasing = () => throw new StoreUnavailableException("away");
        _flaky.Listing = _ => throw new InvalidOperationException("It is asked.");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(1)), Token).AsTask());

        Assert.Equal(["shop.test@1"], await HeadsAsync(store));
    }

    /// <summary>A hundred thousand are copied at the first start.</summary>
    [Fact]
    public async Task The_folder_is_looked_through_once_and_not_for_each_certificate()
    {
        var counted = new CountingStore(_kept);
        using var store = new CopiedStore(_flaky, new LocalCopy(counted, NullLogger.Instance), _time, NullLogger<CopiedStore>.Instance);
        for (var i = 0; i < 20; i++) await store.WriteAsync(new StoreWrite(Key($"shop{i:00}.test@1"), Content("first")), Token);
        await store.WriteAsync(new StoreWrite(Key("shop00.test@2"), Content("second")), Token);

        await Eventually.TrueAsync(() => CopiedAsync(["shop00.test@2", .. Enumerable.Range(1, 19).Select(i => $"shop{i:00}.test@1")]));
        Assert.Equal(1, counted.Lists);
        Assert.True(store.IsCopied(Key("shop00.test@1")));
        Assert.True(store.IsCopied(Key("shop00.test@2")));
        Assert.False(store.IsCopied(Key("shop00.test@3")));
        Assert.False(store.IsCopied(Key("other.test@1")));
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

    /// <summary>It follows for months, and looks at all names every minute.</summary>
    [Fact]
    public async Task What_another_machine_removed_goes_while_this_one_follows()
    {
        await WriteAsync("gone.test@1", "gone");
        await WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => CopiedAsync("gone.test@1", "shop.test@1"));
        await _engine.DeleteAsync(new StoreDeletion(Key("gone.test@1")), Token);

        Assert.Equal(["shop.test@1"], await EntriesAsync());
        Assert.True(await CopiedAsync("gone.test@1", "shop.test@1"));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(["shop.test@1"], await EntriesAsync());

        await Eventually.TrueAsync(() => CopiedAsync("shop.test@1"));

        async Task<List<string>> EntriesAsync()
        {
            var names = new List<string>();
            await foreach (var entry in Store.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), Token)) names.Add(entry.Key.Name);
            return names;
        }
    }

    [Fact]
    public async Task A_copy_that_cannot_be_written_costs_the_engine_nothing()
    {
        using var store = new CopiedStore(_engine, new LocalCopy(new FlakyStore(_kept) { Writing = _ => throw new StoreUnavailableException("full") }, NullLogger.Instance), _time, NullLogger<CopiedStore>.Instance);
        await store.WriteAsync(new StoreWrite(Key("shop.test@1"), Content("first")), Token);

        Assert.Equal("first", await ReadAsync(store, "shop.test@1"));
    }

    /// <summary>The ring of keys was lost with the last process, or another one was deployed.</summary>
    [Fact]
    public async Task A_copy_that_this_process_cannot_open_is_written_anew()
    {
        using (var before = Open(new EphemeralDataProtectionProvider())) await before.WriteAsync(new StoreWrite(Key("shop.test@1"), Content("first")), Token);
        Assert.True(await CopiedAsync("shop.test@1"));

        using var store = Open(new EphemeralDataProtectionProvider());
        Assert.False(store.IsCopied(Key("shop.test@1")));
        Assert.Equal("first", await ReadAsync(store, "shop.test@1"));
        await Eventually.TrueAsync(() => Task.FromResult(store.IsCopied(Key("shop.test@1"))));
        GoAway();

        Assert.Equal("first", await ReadAsync(store, "shop.test@1"));

        CopiedStore Open(EphemeralDataProtectionProvider keys) => new(_flaky, new LocalCopy(new ProtectedStore(_kept, keys), NullLogger.Instance), _time, NullLogger<CopiedStore>.Instance);
    }

    [Theory]
    [InlineData("shop.test@1")]
    [InlineData("shop.test@2")]
    public async Task A_copy_that_rots_is_written_anew(string newest)
    {
        await _kept.WriteAsync(new StoreWrite(Key(newest), newest == "shop.test@1" ? Content("rotten") : new RecordContent([])), Token);
        await _engine.WriteAsync(new StoreWrite(Key("shop.test@1"), Content("first")), Token);
        using var store = new CopiedStore(_flaky, new LocalCopy(new RottenStore(_kept, newest), NullLogger.Instance), _time, NullLogger<CopiedStore>.Instance);

        Assert.Equal("first", await ReadAsync(store, "shop.test@1"));

        await Eventually.TrueAsync(() => CopiedAsync("shop.test@1"));
        await Eventually.TrueAsync(async () => Encoding.UTF8.GetString((await _kept.ReadAsync(Key("shop.test@1"), Token))!.Content.Find("privkey")!.Value.Span) == "first");
    }

    [Fact]
    public async Task A_copy_is_looked_at_once_and_not_each_time()
    {
        await WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => CopiedAsync("shop.test@1"));
        var (reads, counted) = (0, new FlakyStore(_kept));
        counted.Reading = _ =>
        {
            Interlocked.Increment(ref reads);
            return Task.CompletedTask;
        };
        using (var store = new CopiedStore(_flaky, new LocalCopy(counted, NullLogger.Instance), _time, NullLogger<CopiedStore>.Instance))
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
        var store = new CopiedStore(_engine, new LocalCopy(new FlakyStore(_kept) { Writing = _ => gate.Task }, NullLogger.Instance), _time, NullLogger<CopiedStore>.Instance);
        string[] names = [.. Enumerable.Range(10, 20).Select(i => $"shop{i}.test@1")];
        foreach (var name in names) await store.WriteAsync(new StoreWrite(Key(name), Content("first")), Token);

        var end = Task.Factory.StartNew(store.Dispose, Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        gate.SetResult();
        await end;

        Assert.True(await CopiedAsync(names));
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
        var store = new CopiedStore(_flaky, new LocalCopy(_kept, NullLogger.Instance), _time, NullLogger<CopiedStore>.Instance);
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

    /// <summary>Who would wait for the clock waits no longer than this.</summary>
    private static Task<List<string>> HeadsAsync(IAcmeStore store)
    {
        return ListAsync().WaitAsync(Limit, Token);

        async Task<List<string>> ListAsync()
        {
            var heads = new List<string>();
            await foreach (var head in store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, "meta.json"), Token)) heads.Add(head.Key.Name);
            return heads;
        }
    }

    /// <inheritdoc cref="HeadsAsync"/>
    private static async Task<string> ReadAsync(IAcmeStore store, string name) => Encoding.UTF8.GetString((await store.ReadAsync(Key(name), Token).AsTask().WaitAsync(Limit, Token))!.Content.Find("privkey")!.Value.Span);

    private Task WriteAsync(string name, string text) => Store.WriteAsync(new StoreWrite(Key(name), Content(text)), Token).AsTask();

    private static RecordKey Key(string name) => new(RecordKind.Certificate, name);

    private static RecordContent Content(string text) => new([new RecordPart("meta.json", "{}"u8.ToArray()), new RecordPart("privkey", Encoding.UTF8.GetBytes(text), secret: true)]);

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
