using System.Runtime.CompilerServices;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A key is changed between orders, never under them, however their steps fall.</summary>
public sealed class AccountTrafficTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task An_order_whose_step_began_before_the_closing_is_not_missed()
    {
        var store = new PausingStore(new TestStore());
        var lease = new StateLease(store, _time, NullLogger<StateLease>.Instance);
        await lease.TryTakeAsync(CancellationToken.None);
        var journal = new OrderJournal(new FencedStore(store, lease));
        var traffic = new AccountTraffic(journal);
        var order = new PendingOrder(
            "id", "x.test", "w", "test", "https://ca.test/dir", "ops@example.test", ["x.test"], AcmeKeyType.P256, null, [], false, _time.GetUtcNow(), new OrderProgress.Intent());
        var run = await journal.BeginAsync(order, CancellationToken.None);
        var account = AccountName.Of(order.DirectoryUrl, order.Email);

        // newOrder is on its way; whoever lists the orders now is held up until the step has ended and the order is being validated.
        Assert.Null(traffic.Enter(account, run));
        store.Go = new TaskCompletionSource();
        var closing = traffic.CloseAsync(account, "its key is being changed", CancellationToken.None);
        await journal.AdvanceAsync(run, new OrderProgress.Answering("https://ca.test/order", null, []), CancellationToken.None);
        traffic.Leave(account, order.Label);
        store.Go.SetResult();
        Assert.False(closing.IsCompleted, "It was closed although the name is being validated with the old key.");

        await journal.ClearAsync(run, CancellationToken.None);
        (await closing).Dispose();
    }

    /// <summary>A list of what was there when it was begun, which takes its time.</summary>
    private sealed class PausingStore(IAcmeStore inner) : IAcmeStore
    {
        public TaskCompletionSource? Go { get; set; }

        public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) => inner.ReadAsync(key, cancellationToken);

        public async IAsyncEnumerable<StoreRecord> ListAsync(RecordKind kind, string? afterName, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var record in inner.ListAsync(kind, afterName, cancellationToken)) yield return record;

            if (Go is { } go) await go.Task;
        }

        public ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, RecordVersion? expected, Fence? fence, CancellationToken cancellationToken) =>
            inner.WriteAsync(key, content, expected, fence, cancellationToken);

        public ValueTask DeleteAsync(RecordKey key, RecordVersion expected, Fence? fence, CancellationToken cancellationToken) => inner.DeleteAsync(key, expected, fence, cancellationToken);

        public ValueTask<IStoreLease?> TryLeaseAsync(string resource, string owner, TimeSpan duration, CancellationToken cancellationToken) => inner.TryLeaseAsync(resource, owner, duration, cancellationToken);

        public IAsyncEnumerable<StoreChange> WatchAsync(StoreCursor? after, CancellationToken cancellationToken) => inner.WatchAsync(after, cancellationToken);
    }
}
