using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>When the watch looks, and how fast.</summary>
public sealed class RevocationWatchTests
{
    private const string Shop = "shop.test";

    private readonly RushedTime _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;

    public RevocationWatchTests() => _store = new TestStore(_time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clock_that_is_set_back_does_not_stop_it()
    {
        await using var edge = await StartAsync();
        var (first, second) = (new TaskCompletionSource<DateTimeOffset>(), new TaskCompletionSource<DateTimeOffset>());
        _store.Shown = record =>
        {
            if (record.Key.Kind != RecordKind.Certificate) return record;

            var now = _time.GetUtcNow();
            if (first.TrySetResult(now)) _time.AdjustTime(now.AddDays(-30));
            else second.TrySetResult(now);

            // What could be read would not be read again.
            throw new StoreUnavailableException("for a moment");
        };

        await edge.Get<RevocationWatch>().StartAsync(Token);
        var begun = (await first.Task.WaitAsync(Token)).AddDays(-30);
        var next = await second.Task.WaitAsync(Token);
        await edge.Get<RevocationWatch>().StopAsync(Token);

        Assert.InRange(next, begun.AddDays(0.9), begun.AddDays(1.1));
    }

    [Fact]
    public async Task However_many_a_ca_hurries_they_are_looked_at_slowly_and_no_more_than_some_before_their_turn()
    {
        await using var edge = await StartAsync();
        var looks = 0;
        _store.Shown = record =>
        {
            looks += record.Key.Kind == RecordKind.Certificate ? 1 : 0;
            return record.Key.Kind == RecordKind.Certificate ? throw new StoreUnavailableException("for a moment") : record;
        };
        var (watch, view, now) = (edge.Get<RevocationWatch>(), edge.Entry(Shop).View(edge.Wishes[0]), _time.GetUtcNow());
        for (var number = 0; number < 5000; number++) watch.On(new LabelEvent.RenewalHurried(view, new RenewalWindow(now.AddDays(-2), now.AddDays(-1), now.AddDays(-1), null), now));

        await watch.LookAtHurriedAsync(Token);

        Assert.InRange(looks, 100, 1000);
        Assert.True(_time.GetUtcNow() - now >= looks * TimeSpan.FromMilliseconds(50));
        await watch.LookAtHurriedAsync(Token);
        Assert.InRange(looks, 100, 1000);
    }

    /// <summary>A CA that moves a renewal forward has not revoked anything by that.</summary>
    [Fact]
    public async Task Whoever_has_time_is_looked_at_in_its_turn()
    {
        await using var edge = await StartAsync();
        var looks = 0;
        _store.Shown = record =>
        {
            looks += record.Key.Kind == RecordKind.Certificate ? 1 : 0;
            return record;
        };
        var (watch, view, now) = (edge.Get<RevocationWatch>(), edge.Entry(Shop).View(edge.Wishes[0]), _time.GetUtcNow());

        foreach (var end in (DateTimeOffset[])[now.AddTicks(1), now])
        {
            watch.On(new LabelEvent.RenewalHurried(view, new RenewalWindow(now.AddDays(-2), end, now.AddDays(-1), null), now));
            await watch.LookAtHurriedAsync(Token);
            Assert.Equal(end == now ? 1 : 0, looks);
        }
    }

    /// <summary>An engine of its own may give what no reader thought of; the pass goes on to the others.</summary>
    [Fact]
    public async Task One_whose_reader_breaks_is_passed()
    {
        await using var edge = await StartAsync();
        _store.Shown = record => record.Key.Kind == RecordKind.Certificate ? record with { Content = null! } : record;

        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);

        Assert.Null(edge.Entry(Shop).Revocation);
    }

    private async Task<Edge> StartAsync()
    {
        var edge = await Edge.StartAsync(_time, new TestCa(_time), new TestSettings(), _store, [Wishes.Of(Shop)]);
        await edge.SettleAsync(Shop);
        return edge;
    }

    /// <summary>The watch's own waits are over as soon as they begin.</summary>
    private sealed class RushedTime(DateTimeOffset start) : FakeTimeProvider(start)
    {
        private static readonly TimeSpan[] Rushed = [TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(15), TimeSpan.FromMilliseconds(50)];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (Rushed.Contains(dueTime)) _ = Task.Run(() => Advance(dueTime));
            return timer;
        }
    }
}
