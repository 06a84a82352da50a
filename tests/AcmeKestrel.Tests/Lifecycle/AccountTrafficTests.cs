using System.Runtime.CompilerServices;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Ordering.Finding;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A key is changed between orders, never under them, however their steps fall.</summary>
public sealed class AccountTrafficTests : IAsyncDisposable
{
    private readonly AccountEdge _world = new();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Orders_being_validated_end_first_new_ones_wait_and_go_on_without_a_failure()
    {
        await _world.SeedAsync();
        var before = _world.Record;
        var validated = _world.HoldValidations();
        await using var edge = await _world.StartAsync(Wishes.Of("slow.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(3));
        Assert.Equal(AcmeCertificateState.Ordering, edge.Status("slow.test").State);

        var change = edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: TestContext.Current.CancellationToken);
        edge.Wish(Wishes.Of("new.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(3));

        Assert.False(change.IsCompleted);
        Assert.Equal(AcmeCertificateState.Held, edge.Status("new.test").State);
        Assert.Contains("its key is being changed", edge.Status("new.test").Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("key-change", _world.Requests);
        Assert.Equal(before.Key, _world.Record.Key);

        validated.SetResult();
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        await change;
        await edge.RunAsync(TimeSpan.FromSeconds(10));

        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("slow.test").State, edge.Status("slow.test").Failures));
        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("new.test").State, edge.Status("new.test").Failures));
        Assert.Equal(2, _world.Requests.Count(resource => resource == "new-order"));
    }

    [Fact]
    public async Task Cancelled_while_it_waits_nothing_has_changed_and_orders_go_on()
    {
        await _world.SeedAsync();
        var before = _world.Record;
        var validated = _world.HoldValidations();
        await using var edge = await _world.StartAsync(Wishes.Of("slow.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(3));
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var change = edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: cancelled.Token);
        edge.Wish(Wishes.Of("new.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(3));
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => change);

        validated.SetResult();
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
        Assert.Equal((before.Key, before.PrivateKeyPem), (_world.Record.Key, _world.Record.PrivateKeyPem));
        Assert.DoesNotContain("key-change", _world.Requests);
    }

    [Fact]
    public async Task An_order_whose_step_began_before_the_closing_is_not_missed()
    {
        var (_, store, session, journal, traffic) = await WorkAsync();
        var order = Answering() with { Progress = new OrderProgress.Intent() };
        var run = await OrderJournal.BeginAsync(session, order, CancellationToken.None);
        var account = order.Account;

        // newOrder is on its way; whoever lists the orders now is held up until the step has ended and the order is being validated.
        var step = traffic.TryEnter(account, order.Label, begins: true);
        Assert.NotNull(step);
        store.Go = new TaskCompletionSource();
        var closing = traffic.CloseAsync(session, account, "its key is being changed", CancellationToken.None);
        await run.AdvanceAsync(new OrderProgress.Answering("https://ca.test/order", null, []), CancellationToken.None);
        step.Dispose();
        store.Go.SetResult();
        Assert.False(closing.IsCompleted, "It was closed although the name is being validated with the old key.");

        await journal.ClearAsync(run, CancellationToken.None);
        (await closing).Dispose();
    }

    /// <summary>One that waited for a human is passed, and goes on while the orders are looked at.</summary>
    [Fact]
    public async Task An_order_that_takes_a_whole_step_during_the_look_is_not_missed()
    {
        var (_, store, session, journal, traffic) = await WorkAsync();
        var order = Answering();
        var run = await OrderJournal.BeginAsync(session, order with { Awaits = "a record in DNS" }, CancellationToken.None);
        store.Go = new TaskCompletionSource();
        var closing = traffic.CloseAsync(session, order.Account, "its key is being changed", CancellationToken.None);

        using (traffic.TryEnter(order.Account, order.Label, begins: false)) await OrderRecord.SaveAsync(session, order, run.PrivateKey, CancellationToken.None);
        store.Go.SetResult();
        Assert.False(closing.IsCompleted, "It was closed although the name is being validated with the old key.");

        await journal.ClearAsync(run, CancellationToken.None);
        (await closing).Dispose();
    }

    /// <summary>The state was another process' for a while, which told nobody here; new orders of the account wait as long as this does.</summary>
    [Fact]
    public async Task An_order_that_another_process_ended_is_not_waited_for()
    {
        var token = TestContext.Current.CancellationToken;
        var (disk, _, session, _, traffic) = await WorkAsync();
        var order = Answering();
        await OrderJournal.BeginAsync(session, order, token);
        var closing = traffic.CloseAsync(session, order.Account, "its key is being changed", token);
        Assert.Null(traffic.TryEnter(order.Account, "new.test", begins: true));

        await disk.DeleteAsync(new StoreDeletion(OrderRecord.Key(order.Label)), token);
        Assert.False(closing.IsCompleted);
        _world.Time.Advance(TimeSpan.FromSeconds(15));

        (await closing.WaitAsync(TimeSpan.FromSeconds(30), token)).Dispose();
        Assert.NotNull(traffic.TryEnter(order.Account, "new.test", begins: true));
    }

    /// <summary>A look reads all orders: with ten thousand under way the steps of the others would cost as many looks.</summary>
    [Fact]
    public async Task Only_what_it_waits_for_has_the_orders_looked_at_again()
    {
        var (_, store, session, journal, traffic) = await WorkAsync();
        var order = Answering();
        var run = await OrderJournal.BeginAsync(session, order, CancellationToken.None);
        var closing = traffic.CloseAsync(session, order.Account, "its key is being changed", CancellationToken.None);

        for (var i = 0; i < 100; i++)
        {
            var other = await OrderJournal.BeginAsync(session, order with { Label = $"n{i}.test", Progress = new OrderProgress.Intent() }, CancellationToken.None);
            traffic.TryEnter(order.Account, other.Order.Label, begins: false)!.Dispose();
            traffic.TryEnter(new AccountName(order.Account.Ca, "other@example.test"), order.Label, begins: true)!.Dispose();
            await journal.ClearAsync(other, CancellationToken.None);
            await Task.Run(() => { }, TestContext.Current.CancellationToken);
        }

        await journal.ClearAsync(run, CancellationToken.None);
        (await closing).Dispose();
        Assert.Equal(2, store.Lists);
    }

    /// <summary>Nobody can go on with it, so it never ends: its name is held, and no other one is.</summary>
    [Theory]
    [InlineData("privkey")]
    [InlineData("order.json")]
    public async Task An_order_that_is_damaged_is_not_waited_for(string part)
    {
        var (disk, _, session, _, traffic) = await WorkAsync();
        var order = Answering();
        await OrderJournal.BeginAsync(session, order, CancellationToken.None);
        disk.Damage(OrderRecord.Key(order.Label), part);

        (await traffic.CloseAsync(session, order.Account, "its key is being changed", CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Dispose();
    }

    /// <summary>A CA may ask to be left alone with an order for a week; new orders of the account are not held as long.</summary>
    [Fact]
    public async Task What_does_not_end_within_an_hour_ends_the_waiting_and_new_orders_go_on()
    {
        var (_, _, session, _, traffic) = await WorkAsync();
        var order = Answering();
        await OrderJournal.BeginAsync(session, order, CancellationToken.None);
        var closing = traffic.CloseAsync(session, order.Account, "its key is being changed", CancellationToken.None);
        _world.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.Null(traffic.TryEnter(order.Account, "new.test", begins: true));

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var refused = await Assert.ThrowsAsync<AcmeAccountException>(() => _world.Time.PassUntilAsync(closing, limit.Token));

        Assert.Contains("nothing has changed", refused.Message, StringComparison.Ordinal);
        Assert.NotNull(traffic.TryEnter(order.Account, "new.test", begins: true));
    }

    private async Task<Work> WorkAsync()
    {
        var disk = new TestStore(_world.Time);
        var store = new PausingStore(disk);
        var lease = new StateLease(store, LeaseTimes.OfMachine, _world.Time, NullLogger<StateLease>.Instance);
        await lease.TryTakeAsync(TestContext.Current.CancellationToken);
        var journal = new OrderJournal(new OrdersOnRecord());
        return new Work(disk, store, lease.Session!, journal, new AccountTraffic(journal, new NobodyWaits(), _world.Time));
    }

    private PendingOrder Answering() => new(
        "id", "x.test", "w", "test", "https://ca.test/dir", "ops@example.test", ["x.test"], AcmeKeyType.P256, null, [], false, _world.Time.GetUtcNow(), new OrderProgress.Answering("https://ca.test/order", null, []));

    private sealed record Work(TestStore Disk, PausingStore Store, StateSession Session, OrderJournal Journal, AccountTraffic Traffic);

    private sealed class NobodyWaits : ILabelWaker
    {
        public void WakeBy(string label, DateTimeOffset time) => Wake(label);

        public void Wake(string label) => Assert.Fail("No label was told to wait.");
    }

    /// <summary>A list of what was there when it was begun, which takes its time.</summary>
    private sealed class PausingStore(IAcmeStore inner) : DelegatingStore(inner)
    {
        private int _lists;

        public TaskCompletionSource? Go { get; set; }

        public int Lists => Volatile.Read(ref _lists);

        public override async IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _lists);
            await foreach (var record in Inner.ListAsync(query, cancellationToken)) yield return record;

            if (Go is { } go) await go.Task;
        }
    }
}
