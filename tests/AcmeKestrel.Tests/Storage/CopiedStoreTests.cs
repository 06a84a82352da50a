using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using static AcmeKestrel.Tests.Storage.CopiedScene;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A store that is copied is the same store, and its certificates are there while it is away.</summary>
public sealed class CopiedStoreTests : StoreConformanceTests, IDisposable
{
    private readonly CopiedScene _scene = new();

    protected override IAcmeStore Store => _scene.Store;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Certificates_are_listed_and_read_from_the_copy_after_a_restart_without_the_engine()
    {
        await _scene.WriteAsync("shop.test@1", "first");
        await _scene.WriteAsync("shop.test@2", "second");
        await _scene.WriteAsync("other.test@1", "other");
        await Eventually.TrueAsync(() => _scene.CopiedAsync("other.test@1", "shop.test@2"));
        _scene.GoAway();

        var store = _scene.Open();
        Assert.Equal(["other.test@1", "shop.test@2"], (await HeadsAsync(store)).Order());
        Assert.Equal("second", await ReadAsync(store, "shop.test@2"));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ReadAsync(new RecordKey(RecordKind.Schedule, "shop.test"), Token).AsTask());
    }

    /// <summary>Whoever has the state would order what the copy does not know.</summary>
    [Fact]
    public async Task Once_the_engine_has_answered_no_list_comes_from_the_copy()
    {
        await _scene.WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => _scene.CopiedAsync("shop.test@1"));
        var store = _scene.Open();
        Assert.NotNull(await store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(1)), Token));
        _scene.GoAway();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => HeadsAsync(store));
        Assert.Equal("first", await ReadAsync(store, "shop.test@1"));
    }

    /// <summary>An engine that gives a lease, which the keys here are worth nothing for, has answered.</summary>
    [Fact]
    public async Task A_lease_that_is_refused_for_other_keys_takes_no_list_from_the_engine()
    {
        await _scene.Engine.WriteAsync(new StoreWrite(CopiedScene.Key("shop.test@1"), CopiedScene.Content("plain")), Token);
        await new ProtectedStore(_scene.Engine, new EphemeralDataProtectionProvider()).WriteAsync(new StoreWrite(new RecordKey(RecordKind.Account, "ca.test/thumbprint"), CopiedScene.Content("closed")), Token);
        using var store = new CopiedStore(new ProtectedStore(_scene.Engine, new EphemeralDataProtectionProvider()), new LocalCopy(_scene.Kept, NullLogger.Instance), _scene.Time, NullLogger<CopiedStore>.Instance);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(1)), Token).AsTask());

        Assert.Equal(["shop.test@1"], await HeadsAsync(store));
    }

    /// <summary>Nobody decides by what this machine knows then.</summary>
    [Fact]
    public async Task A_lease_that_another_machine_has_or_that_ended_keeps_no_list_from_coming_from_the_copy()
    {
        await _scene.WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => _scene.CopiedAsync("shop.test@1"));
        var store = _scene.Open();
        await using (await store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(1)), Token))
        {
        }

        await using var others = await _scene.Engine.TryLeaseAsync(new StoreLeaseRequest("state", "other", TimeSpan.FromMinutes(1)), Token);
        Assert.Null(await store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(1)), Token));
        _scene.GoAway();

        Assert.Equal(["shop.test@1"], await HeadsAsync(store));
    }

    [Fact]
    public async Task Neither_a_list_that_breaks_off_nor_one_of_a_single_label_or_of_another_kind_keeps_one_from_coming_from_the_copy()
    {
        await _scene.WriteAsync("shop.test@1", "first");
        await _scene.Engine.WriteAsync(new StoreWrite(new RecordKey(RecordKind.Schedule, "shop.test"), CopiedScene.Content("a schedule")), Token);
        await Eventually.TrueAsync(() => _scene.CopiedAsync("shop.test@1"));
        var store = _scene.Open();
        await foreach (var _ in store.ListAsync(new StoreQuery(RecordKind.Schedule), Token))
        {
        }

        await foreach (var _ in store.ListAsync(new StoreQuery(RecordKind.Certificate) { Prefix = "shop.test@" }, Token))
        {
        }

        _scene.Flaky.Listed = () => throw new StoreUnavailableException("broken off");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => HeadsAsync(store));
        _scene.GoAway();

        Assert.Equal(["shop.test@1"], await HeadsAsync(store));
    }

    [Fact]
    public async Task A_whole_list_of_the_engines_is_the_last_word()
    {
        await _scene.WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => _scene.CopiedAsync("shop.test@1"));
        var store = _scene.Open();
        await HeadsAsync(store);
        _scene.GoAway();

        await Assert.ThrowsAsync<StoreUnavailableException>(() => HeadsAsync(store));
    }

    /// <summary>A handshake has eight seconds, and an engine that is cut off swallows five or more of them from each.</summary>
    [Fact]
    public async Task An_engine_that_says_nothing_is_waited_for_two_seconds_and_by_the_next_ones_not_at_all()
    {
        await _scene.WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => _scene.CopiedAsync("shop.test@1"));
        var (asked, silence) = (0, new TaskCompletionSource());
        _scene.Flaky.Reading = _ =>
        {
            asked++;
            return silence.Task;
        };

        var first = ReadAsync(Store, "shop.test@1");
        Assert.False(first.IsCompleted);
        _scene.Time.Advance(Absence.Patience);
        Assert.Equal("first", await first);
        Assert.Equal("first", await ReadAsync(Store, "shop.test@1"));
        Assert.Equal(1, asked);

        // Now and then it is asked again, and once it has answered each time.
        _scene.Time.Advance(Absence.Remembered);
        var second = ReadAsync(Store, "shop.test@1");
        silence.SetResult();
        Assert.Equal("first", await second);
        Assert.Equal("first", await ReadAsync(Store, "shop.test@1"));
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task What_is_not_copied_is_waited_for()
    {
        await _scene.Engine.WriteAsync(new StoreWrite(CopiedScene.Key("shop.test@1"), CopiedScene.Content("first")), Token);
        var silence = new TaskCompletionSource();
        _scene.Flaky.Reading = _ => silence.Task;

        var reading = ReadAsync(Store, "shop.test@1");
        _scene.Time.Advance(Absence.Patience);
        silence.SetResult();

        Assert.Equal("first", await reading);
    }

    /// <summary>At a restart: a name that is asked for before all are listed is looked for.</summary>
    [Fact]
    public async Task A_list_that_does_not_begin_comes_from_the_copy_and_the_next_one_at_once()
    {
        await _scene.WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => _scene.CopiedAsync("shop.test@1"));
        var (store, asked, silence) = (_scene.Open(), 0, new TaskCompletionSource());
        _scene.Flaky.Listing = _ =>
        {
            asked++;
            return silence.Task;
        };

        var first = HeadsAsync(store);
        Assert.False(first.IsCompleted);
        _scene.Time.Advance(Absence.Patience);
        Assert.Equal(["shop.test@1"], await first);
        Assert.Equal(["shop.test@1"], await HeadsAsync(store));
        Assert.Equal(1, asked);
        silence.SetResult();
    }

    /// <summary>The engine falls silent between the names and the first part; or it comes to the names when the copy has told its own.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_names_of_a_list_are_told_once_whichever_of_the_two_is_first(bool isEngineFirst)
    {
        await _scene.Kept.WriteAsync(new StoreWrite(CopiedScene.Key("shop.test@1"), CopiedScene.Content("first")), Token);
        var (silence, told) = (new TaskCompletionSource(), new List<string>());
        var engine = new OpeningStore(_scene.Engine, ["engine.test@1"], silence.Task) { NamesAfter = isEngineFirst ? Task.CompletedTask : silence.Task };
        using var store = new CopiedStore(engine, new LocalCopy(new OpeningStore(_scene.Kept, ["shop.test@1"], Task.CompletedTask), NullLogger.Instance), _scene.Time, NullLogger<CopiedStore>.Instance);

        var listing = HeadsAsync(store, names => told.AddRange(names));
        _scene.Time.Advance(Absence.Patience);
        Assert.Equal(["shop.test@1"], await listing);
        silence.SetResult();

        Assert.Equal([isEngineFirst ? "engine.test@1" : "shop.test@1"], told);
    }

    /// <summary>The lease is asked for first, and swallows its time.</summary>
    [Fact]
    public async Task Where_no_lease_could_be_asked_for_a_list_comes_from_the_copy_at_once()
    {
        await _scene.WriteAsync("shop.test@1", "first");
        await Eventually.TrueAsync(() => _scene.CopiedAsync("shop.test@1"));
        var store = _scene.Open();
        _scene.Flaky.Leasing = () => throw new StoreUnavailableException("away");
        _scene.Flaky.Listing = _ => throw new InvalidOperationException("It is asked.");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(1)), Token).AsTask());

        Assert.Equal(["shop.test@1"], await HeadsAsync(store));
    }

    public void Dispose() => _scene.Dispose();

    protected override IAcmeStore OpenAnother() => Store;

    protected override void SetTimeOfDay(TimeSpan by) => _scene.Time.Set(by);

    protected override ValueTask PassAsync(TimeSpan time)
    {
        _scene.Time.Advance(time);
        return ValueTask.CompletedTask;
    }
}
