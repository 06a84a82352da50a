using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>When a process without the state looks: at what the feed tells as it comes, and at all now and then.</summary>
public sealed class StandbyFollowerTests : IAsyncDisposable
{
    private readonly NotedTime _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly TestSettings _settings = new();
    private readonly MemoryStore _store;
    private readonly FlakyStore _flaky;
    private readonly CountingStore _counted;
    private readonly TestCa _ca;
    private Task _following = Task.CompletedTask;

    public StandbyFollowerTests()
    {
        (_store, _ca) = (new MemoryStore(_time), new TestCa(_time));
        _counted = new CountingStore(_store);
        _flaky = new FlakyStore(_counted);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.True(_following.IsCanceled, "It ends with its token.");
        _stop.Dispose();
    }

    [Fact]
    public async Task What_is_committed_is_served_here_without_a_look_at_all()
    {
        await using var first = await StartAsync(_store, "shop.test", "blog.test");
        await using var second = await StartAsync(_flaky, "shop.test", "blog.test");
        await FollowAsync(second);
        var lists = _counted.Lists;

        await first.SettleAsync("shop.test");
        await ServedAsync(second, "shop.test");
        await first.SettleAsync("blog.test");
        await ServedAsync(second, "blog.test");

        Assert.Equal(lists, _counted.Lists);
    }

    [Fact]
    public async Task What_came_before_the_feed_was_opened_is_found_by_the_first_look()
    {
        await using var first = await StartAsync(_store, "shop.test");
        await using var second = await StartAsync(_flaky, "shop.test");
        await first.SettleAsync("shop.test");

        await FollowAsync(second);

        await ServedAsync(second, "shop.test");
    }

    /// <summary>An older generation that is put back, or word that comes twice, takes nothing away.</summary>
    [Fact]
    public async Task Word_of_an_older_one_changes_nothing()
    {
        await using var first = await StartAsync(_store, "shop.test");
        await using var second = await StartAsync(_flaky, "shop.test", "blog.test");
        await first.SettleAsync("shop.test");
        await FollowAsync(second);
        await ServedAsync(second, "shop.test");
        var old = await NewestAsync();
        await first.RunAsync(TimeSpan.FromDays(65));
        await ServedAsync(second, "shop.test");
        var (served, read) = (second.Published.Current["shop.test"].Id, new ConcurrentQueue<RecordKey>());
        Assert.NotEqual($"shop.test@{served}", old.Key.Name);

        _flaky.Reading = key =>
        {
            read.Enqueue(key);
            return Task.CompletedTask;
        };
        await _store.WriteAsync(old.Key, old.Content, null, null, CancellationToken.None);
        first.Wish(Wishes.Of("blog.test"));
        await first.RunAsync(TimeSpan.FromSeconds(30));
        await ServedAsync(second, "blog.test");

        Assert.Equal(served, second.Published.Current["shop.test"].Id);
        Assert.DoesNotContain(old.Key, read);
    }

    /// <summary>What a hand puts into the state tells no feed.</summary>
    [Fact]
    public async Task All_are_looked_at_once_a_minute()
    {
        await using var second = await StartAsync(_flaky, "shop.test");
        await FollowAsync(second);
        var lists = _counted.Lists;

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(lists, _counted.Lists);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Eventually.TrueAsync(() => _counted.Lists == lists + 1);
    }

    [Fact]
    public async Task Without_a_feed_all_are_looked_at_after_a_second_and_then_every_fifteen_until_there_is_one()
    {
        _flaky.Watching = () => throw new StoreUnavailableException("The engine has no feed now.");
        await using var first = await StartAsync(_store, "shop.test");
        await using var second = await StartAsync(_flaky, "shop.test");
        await FollowAsync(second);

        await first.SettleAsync("shop.test");
        await Eventually.TrueAsync(() => _time.Waits.Contains(TimeSpan.FromSeconds(1)));
        _time.Advance(TimeSpan.FromSeconds(1));
        await ServedAsync(second, "shop.test");

        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return ((int[])[1, 2, 4, 8, 15]).All(seconds => _time.Waits.Contains(TimeSpan.FromSeconds(seconds)));
        });

        var opened = new TaskCompletionSource();
        _flaky.Watching = () =>
        {
            opened.TrySetResult();
            return Task.CompletedTask;
        };
        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(15));
            return opened.Task.IsCompleted;
        });
    }

    /// <summary>A driver's own timeout is no word of ours to stop.</summary>
    [Fact]
    public async Task A_stores_own_cancellation_does_not_end_it()
    {
        _flaky.Watching = () => throw new TaskCanceledException("The engine took too long.");
        _flaky.Listing = _ => throw new TaskCanceledException("The engine took too long.");
        await using var first = await StartAsync(_store, "shop.test");
        await using var second = await StartAsync(_flaky, "shop.test");
        _following = second.Get<StandbyFollower>().FollowAsync(_stop.Token);
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.False(_following.IsCompleted);

        (_flaky.Watching, _flaky.Listing) = (() => Task.CompletedTask, _ => Task.CompletedTask);
        await first.SettleAsync("shop.test");
        await Eventually.TrueAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(15));
            return second.Published.Current.ContainsKey("shop.test");
        });
    }

    private async Task<StoreRecord> NewestAsync()
    {
        StoreRecord? newest = null;
        await foreach (var record in _store.ListAsync(RecordKind.Certificate, null, CancellationToken.None)) newest = record;
        return newest!;
    }

    /// <summary>A clock that stands still and knows what was waited for.</summary>
    private sealed class NotedTime(DateTimeOffset start) : FakeTimeProvider(start)
    {
        public ConcurrentBag<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Waits.Add(dueTime);
            return timer;
        }
    }

    /// <summary>Begins to follow; returns after the first look.</summary>
    private async Task FollowAsync(Edge edge)
    {
        var lists = _counted.Lists;
        _following = edge.Get<StandbyFollower>().FollowAsync(_stop.Token);
        await Eventually.TrueAsync(() => _counted.Lists > lists);
    }

    /// <summary>What the store has by then.</summary>
    private async Task ServedAsync(Edge edge, string label)
    {
        string? newest = null;
        await foreach (var record in _store.ListAsync(new StoreQuery(RecordKind.Certificate) { Prefix = $"{label}@" }, CancellationToken.None)) newest = record.Key.Name;
        await Eventually.TrueAsync(() =>
        {
            lock (edge.Published.Current) return edge.Published.Current.TryGetValue(label, out Generation? served) && $"{label}@{served.Id}" == newest;
        });
    }

    private Task<Edge> StartAsync(IAcmeStore store, params string[] labels) => Edge.StartAsync(_time, _ca, _settings, store, [.. labels.Select(label => Wishes.Of(label))]);
}
