using System.Diagnostics.Metrics;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A store whose failures are counted is the same store: it keeps the whole contract.</summary>
public sealed class CountedStoreTests : StoreConformanceTests, IDisposable
{
    private readonly SettableTime _time = new(DateTimeOffset.UtcNow);
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddAcmeDiagnostics().BuildServiceProvider();
    private readonly MemoryStore _memory;
    private readonly FlakyStore _flaky;
    private readonly TestStore _test;
    private readonly CountedStore _store;

    public CountedStoreTests()
    {
        _memory = new MemoryStore(_time);
        _flaky = new FlakyStore(_memory);
        _test = new TestStore(_time);
        _store = Counted(_flaky);
    }

    protected override IAcmeStore Store => _store;

    [Fact]
    public async Task What_fails_is_counted_by_operation_and_kind_and_thrown_on()
    {
        using var heard = new HeardMetrics(_services.GetRequiredService<IMeterFactory>());
        var key = new RecordKey(RecordKind.Schedule, "shop.test");
        var lease = await _store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(5)), Token);
        Exception away = new StoreUnavailableException("away");
        _flaky.Reading = _ => throw away;
        _flaky.Listing = _ => throw away;
        _flaky.Watching = () => throw away;
        _flaky.Leasing = () => throw away;
        _flaky.Renewing = () => throw new InvalidOperationException("new");

        Assert.Same(away, await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _store.ReadAsync(key, Token)));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await All(_store.ListAsync(new StoreQuery(RecordKind.Schedule), Token)));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await All(_store.ListEntriesAsync(new StoreQuery(RecordKind.Schedule), Token)));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await All(_store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, "meta.json"), Token)));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _store.OpenWatchAsync(new StoreWatchRequest(), Token));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(5)), Token));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await lease!.RenewAsync(TimeSpan.FromMinutes(5), Token));
        await Assert.ThrowsAsync<StoreConflictException>(async () => await _store.WriteAsync(new StoreWrite(key, new RecordContent([])) { Expected = new RecordVersion("1") }, Token));

        Assert.Equal(
            new Dictionary<string, double>
            {
                [Tags("lease", "unavailable")] = 1,
                [Tags("lease", "unexpected")] = 1,
                [Tags("list", "unavailable")] = 3,
                [Tags("read", "unavailable")] = 1,
                [Tags("watch", "unavailable")] = 1,
                [Tags("write", "conflict")] = 1,
            },
            heard.Sums("acme.store.errors"));
    }

    [Fact]
    public async Task A_record_that_cannot_be_used_is_counted_where_it_is_met()
    {
        using var heard = new HeardMetrics(_services.GetRequiredService<IMeterFactory>());
        var (store, bad, away) = (Counted(_test), new RecordKey(RecordKind.Schedule, "bad.test"), new RecordKey(RecordKind.Schedule, "away.test"));
        foreach (var key in new[] { bad, away }) await store.WriteAsync(new StoreWrite(key, new RecordContent([])), Token);
        _test.Shown = record => record with { Error = "it is damaged", IsUnread = record.Key == away };

        await store.ReadAsync(bad, Token);
        await All(store.ListAsync(new StoreQuery(RecordKind.Schedule), Token));

        Assert.Equal(
            new Dictionary<string, double> { [Tags("list", "damaged")] = 1, [Tags("list", "unread")] = 1, [Tags("read", "damaged")] = 1 },
            heard.Sums("acme.store.errors"));
    }

    [Fact]
    public async Task What_nobody_waits_for_any_more_is_no_error()
    {
        using var heard = new HeardMetrics(_services.GetRequiredService<IMeterFactory>());
        _flaky.Reading = _ => Task.Delay(Timeout.Infinite, CancellationToken.None);
        using var gone = new CancellationTokenSource();
        var reading = _store.ReadAsync(new RecordKey(RecordKind.Schedule, "shop.test"), gone.Token);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
        Assert.Empty(heard.Sums("acme.store.errors"));
    }

    [Fact]
    public async Task The_applications_state_directory_is_counted()
    {
        var application = new ServiceCollection().AddMetrics();
        application.AddAcme(options => options.StateDirectory = "/proc/no-such-place/acme");
        await using var services = application.BuildServiceProvider();
        using var heard = new HeardMetrics(services.GetRequiredService<IMeterFactory>());

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await services.GetRequiredService<IAcmeStore>().OpenWatchAsync(new StoreWatchRequest(), Token));

        Assert.Equal(Tags("watch", "unavailable"), Assert.Single(heard.Sums("acme.store.errors")).Key);
    }

    public void Dispose() => _services.Dispose();

    protected override IAcmeStore OpenAnother() => Counted(new FlakyStore(_memory));

    protected override void SetTimeOfDay(TimeSpan by) => _time.Set(by);

    protected override ValueTask PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return ValueTask.CompletedTask;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Tags(string operation, string error) => $"acme.store.operation={operation},error.type={error}";

    private static async Task All<T>(IAsyncEnumerable<T> list)
    {
        await foreach (var _ in list) continue;
    }

    private CountedStore Counted(IAcmeStore store) => new(store, _services.GetRequiredService<StoreMetrics>());
}
