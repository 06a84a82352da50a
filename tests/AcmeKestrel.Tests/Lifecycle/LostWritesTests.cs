using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>An engine lost the last commits that it had acknowledged, and the lease, which was renewed before them, goes on.</summary>
public sealed class LostWritesTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly TestSettings _settings = new();
    private readonly LosingStore _store;
    private readonly TestCa _ca;
    private Task _running = Task.CompletedTask;

    public LostWritesTests() => (_store, _ca) = (new LosingStore(_time), new TestCa(_time));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }

    /// <summary>It has it in memory, sees nothing due, and nobody else may order.</summary>
    [Fact]
    public async Task Whoever_has_the_state_reads_it_anew_and_orders_once_more_what_was_lost()
    {
        await using var edge = await StartAsync();
        await edge.SettleAsync("shop.test");
        var old = edge.Entry("shop.test").Certificate!.Generation;
        await edge.RunAsync(TimeSpan.FromDays(65));
        var renewed = edge.Entry("shop.test").Certificate!.Generation;
        Assert.NotEqual(old, renewed);
        Hold(edge);

        await _store.LoseNewestAsync("shop.test");

        await Eventually.TrueAsync(() => edge.Entry("shop.test").Certificate?.Generation == old && edge.Get<WorkerGate>().Session is not null);
        await StopAsync();
        Assert.Equal(renewed, edge.Published.Current["shop.test"].Id);
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Equal((3, 3), (_ca.Orders.Count, _ca.Certificates.Count));
        Assert.Equal(edge.Published.Current["shop.test"].Id, edge.Entry("shop.test").Certificate!.Generation);
        Assert.True(string.CompareOrdinal(edge.Published.Current["shop.test"].Id, renewed) > 0);
    }

    /// <summary>A state directory says "list again" for other reasons, and loses nothing.</summary>
    [Fact]
    public void On_a_store_of_one_machine_nothing_is_followed()
    {
        var flaky = new FlakyStore(new MemoryStore(_time)) { Watching = () => throw new InvalidOperationException("It is followed.") };

        _running = new LostChanges(flaky, Lease(flaky)).FollowAsync(_stop.Token);

        Assert.False(_running.IsCompleted);
    }

    /// <summary>Between them the engine was away, and so was its feed.</summary>
    [Fact]
    public async Task What_was_lost_while_the_feed_could_not_be_read_is_told_when_it_can_be()
    {
        var flaky = new FlakyStore(_store);
        var lease = Lease(flaky);
        var changes = new LostChanges(flaky, lease);
        using (var first = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token))
        {
            var following = changes.FollowAsync(first.Token);
            await first.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
        }

        Assert.True(await lease.TryTakeAsync(_stop.Token));
        await _store.LoseAsync(await WriteAsync());
        _running = changes.FollowAsync(_stop.Token);

        await Eventually.TrueAsync(() => lease.Problem == LostChanges.Problem);
    }

    /// <summary>Whoever follows has what was lost in memory, and it is good.</summary>
    [Fact]
    public async Task Whoever_follows_serves_on_what_was_lost_while_it_is_good()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await first.SettleAsync("shop.test");
        await first.RunAsync(TimeSpan.FromDays(65));
        await second.Get<Standby>().LookAsync(_stop.Token);
        var renewed = first.Published.Current["shop.test"].Id;
        Assert.Equal(renewed, second.Published.Current["shop.test"].Id);

        await _store.LoseNewestAsync("shop.test");
        await second.Get<Standby>().LookAsync(_stop.Token);
        Assert.Equal((renewed, renewed), (second.Published.Current["shop.test"].Id, second.Entry("shop.test").Certificate!.Generation));

        _time.Advance(TimeSpan.FromDays(90));
        await second.Get<Standby>().LookAsync(_stop.Token);
        Assert.NotEqual(renewed, second.Published.Current["shop.test"].Id);
    }

    private async Task<RecordKey> WriteAsync()
    {
        var key = new RecordKey(RecordKind.Order, "lost.test");
        await _store.WriteAsync(new StoreWrite(key, new RecordContent([new RecordPart("a", new byte[1])])), _stop.Token);
        return key;
    }

    private StateLease Lease(IAcmeStore store) => new(store, LeaseTimes.OfMachine, _time, NullLogger<StateLease>.Instance);

    /// <summary>With a lease that lasts from one step of the clock to the next.</summary>
    private Task<Edge> StartAsync() => Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")], also: services => services.AddSingleton(LeaseTimes.OfMachine));

    /// <summary>As the worker does.</summary>
    private void Hold(Edge edge)
    {
        var state = edge.Get<StateHolder>();
        _running = Task.WhenAll(state.HoldAsync(Task.CompletedTask, _stop.Token), state.FollowLossesAsync(_stop.Token));
    }

    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
