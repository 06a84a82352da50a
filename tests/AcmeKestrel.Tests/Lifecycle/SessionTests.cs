using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Work is written with the right it was begun with, whoever holds the state by then.</summary>
public sealed class SessionTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryStore _store;

    public SessionTests() => _store = new MemoryStore(_time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Work_that_outlives_its_lease_is_refused_although_the_process_holds_a_new_one()
    {
        var lease = new StateLease(_store, LeaseTimes.OfMachine, _time, NullLogger<StateLease>.Instance);
        await lease.TryTakeAsync(Token);
        var old = lease.Session!;
        var run = await OrderJournal.BeginAsync(old, Order("shop.test"), Token);

        // The lease is lost, and got again: what others wrote meanwhile may be anything.
        await lease.ReleaseAsync();
        var other = await _store.TryLeaseAsync("state", "another process", TimeSpan.FromMinutes(5), Token);
        await other!.DisposeAsync();
        await lease.TryTakeAsync(Token);

        await Assert.ThrowsAsync<StoreConflictException>(() => run.AdvanceAsync(new OrderProgress.Created("https://ca.test/order/1", null), Token));
        Assert.IsType<OrderProgress.Intent>(run.Order.Progress);
        Assert.NotSame(old, lease.Session);
        await OrderJournal.BeginAsync(lease.Session!, Order("shop.test"), Token);
    }

    [Fact]
    public async Task A_ledger_is_of_the_session_it_was_read_in()
    {
        await using var edge = await Edge.StartAsync(_time, new TestCa(_time), new TestSettings(), _store, []);
        var (provider, old) = (new TestSettings().Provider, edge.Session);
        await edge.LedgerAsync(provider);

        await edge.Get<StateLease>().ReleaseAsync();
        await edge.Get<StateLease>().TryTakeAsync(Token);

        // The state of the new session is not read yet, and the old one is over.
        await Assert.ThrowsAsync<AcmeKestrel.Lifecycle.Planning.HeldException>(() => edge.LedgerAsync(provider).AsTask());
        await edge.Get<AcmeKestrel.Lifecycle.StateTakeover>().LoadAsync(Token);
        Assert.NotNull(await edge.LedgerAsync(provider));
        await Assert.ThrowsAsync<AcmeKestrel.Lifecycle.Planning.HeldException>(() => edge.Get<AcmeKestrel.Lifecycle.Providers.Ledgers>().GetAsync(old, provider, Token).AsTask());
    }

    [Fact]
    public async Task An_order_to_finish_waits_for_whoever_has_the_state()
    {
        var (ca, store) = (new TestCa(_time), new TestStore(_time));
        await using var edge = await Edge.StartAsync(_time, ca, new TestSettings(), store, [Wishes.Of("shop.test")]);
        store.BeforeWrite = key =>
        {
            if (key.Kind == RecordKind.Schedule) throw new StoreConflictException(key, "The fence is old.");
        };
        await edge.RunAsync(TimeSpan.FromSeconds(20));
        Assert.NotNull(edge.Entry("shop.test").Run);
        await edge.Get<StateLease>().ReleaseAsync();
        Assert.NotNull(await store.TryLeaseAsync("state", "another process", TimeSpan.FromHours(1), Token));
        await edge.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Contains("another process", edge.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.True(edge.Events.All.OfType<LabelEvent.Decided>().Last().Decision.IsSettled);
    }

    private PendingOrder Order(string label) =>
        new("id", label, "print", "test", TestCa.DirectoryUrl, null, [label], AcmeKeyType.P256, null, [], false, _time.GetUtcNow(), new OrderProgress.Intent());
}
