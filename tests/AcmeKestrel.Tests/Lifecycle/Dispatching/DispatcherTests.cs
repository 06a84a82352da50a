using System.Collections.Concurrent;
using AcmeKestrel.Lifecycle.Dispatching;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle.Dispatching;

public sealed class DispatcherTests
{
    private const int Lanes = 2;
    private const int Slots = 4;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Labels are woken from many threads while they are at work, wake each other, and end in any order: the last wish of each is seen by a run that began after it.</summary>
    [Theory]
    [InlineData(10, 3_000, 10)]
    [InlineData(100_000, 100_000, 1)]
    public void However_wakes_and_runs_interleave_each_wake_is_followed_by_a_run(int labels, int wakes, int runs) =>
        Gen.Int[0, 1_000_000].Sample(seed => PlayAsync(seed, labels, wakes).GetAwaiter().GetResult(), iter: runs, threads: 1);

    private async Task PlayAsync(int seed, int labels, int wakes)
    {
        using var dispatcher = NewDispatcher();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var world = new World(labels);
        var running = dispatcher.RunAsync(world.WorkAsync, stop.Token);

        // Every label is due at once, and then some again and again.
        foreach (var label in world.Labels) world.Wake(dispatcher, label);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            var random = new Random(seed + thread);
            for (var wake = 0; wake < wakes / 4; wake++) world.Wake(dispatcher, world.Labels[random.Next(labels)]);
        }, Token)));

        await world.AllSeenAsync().WaitAsync(Deadline, Token);
        using (await dispatcher.PauseAsync(Token).WaitAsync(Deadline, Token))
        {
            Assert.Equal(0, world.AtWork);
        }

        Assert.Empty(world.Violations);
        Assert.InRange(world.MostAtWork, 1, Lanes * Slots);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_label_whose_work_throws_is_not_lost()
    {
        using var dispatcher = NewDispatcher();
        dispatcher.Wake("1-shop.test");

        Assert.True(await dispatcher.RunNextAsync((_, _) => throw new InvalidOperationException("a surprise"), Token));

        Assert.InRange(dispatcher.NextDue!.Value - _time.GetUtcNow(), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5));
    }

    [Fact]
    public async Task While_it_pauses_nothing_begins()
    {
        using var dispatcher = NewDispatcher();
        using (await dispatcher.PauseAsync(Token))
        {
            dispatcher.Wake("1-shop.test");
            Assert.False(await dispatcher.RunNextAsync((_, _) => throw new InvalidOperationException("It began."), Token));
        }

        Assert.True(await dispatcher.RunNextAsync((_, _) => Task.FromResult<DateTimeOffset?>(null), Token));
    }

    [Fact]
    public async Task What_became_due_during_a_pause_begins_after_it()
    {
        using var dispatcher = NewDispatcher();
        var world = new World(20);
        var running = dispatcher.RunAsync(world.WorkAsync, Token);
        using (await dispatcher.PauseAsync(Token))
        {
            foreach (var label in world.Labels) world.Wake(dispatcher, label);
        }

        await world.AllSeenAsync().WaitAsync(Deadline, Token);
        Assert.False(running.IsCompleted);
    }

    [Fact]
    public async Task A_pause_begins_when_nobody_is_at_work_any_more()
    {
        using var dispatcher = NewDispatcher();
        var (began, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        dispatcher.Wake("1-shop.test");
        var work = dispatcher.RunNextAsync(
            async (_, _) =>
            {
                began.SetResult();
                await go.Task;
                return null;
            },
            Token);
        await began.Task;

        var pausing = dispatcher.PauseAsync(Token);
        Assert.False(pausing.IsCompleted);
        go.SetResult();

        (await pausing.WaitAsync(Deadline, Token)).Dispose();
        Assert.True(await work);
    }

    [Fact]
    public async Task A_pause_that_is_given_up_pauses_nobody()
    {
        using var dispatcher = NewDispatcher();
        using var impatient = new CancellationTokenSource();
        var (began, go) = (new TaskCompletionSource(), new TaskCompletionSource<DateTimeOffset?>());
        dispatcher.Wake("1-shop.test");
        var work = dispatcher.RunNextAsync(
            (_, _) =>
            {
                began.SetResult();
                return go.Task;
            },
            Token);
        await began.Task;
        var pausing = dispatcher.PauseAsync(impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pausing);

        dispatcher.Wake("2-shop.test");
        Assert.True(await dispatcher.RunNextAsync((_, _) => Task.FromResult<DateTimeOffset?>(null), Token));
        go.SetResult(null);
        Assert.True(await work);
    }

    private Dispatcher NewDispatcher() => new(new DueQueue(label => label.Split('-')[0], Slots, _time), _time, NullLogger<Dispatcher>.Instance);

    /// <summary>Counts who is at work, and knows which wake of each label was the last one that a run saw.</summary>
    private sealed class World(int labels)
    {
        private readonly ConcurrentDictionary<string, int> _wished = new();
        private readonly ConcurrentDictionary<string, int> _seen = new();
        private readonly ConcurrentDictionary<string, bool> _atWork = new();
        private readonly ConcurrentDictionary<string, int> _lanes = new();
        private readonly ConcurrentBag<string> _violations = [];
        private readonly TaskCompletionSource _allSeen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _most;
        private int _count;
        private int _unseen;
        private volatile bool _asked;

        public string[] Labels { get; } = [.. Enumerable.Range(0, labels).Select(label => $"{label % Lanes}-{label}")];

        public IReadOnlyCollection<string> Violations => _violations;

        public int AtWork => Volatile.Read(ref _count);

        public int MostAtWork => Volatile.Read(ref _most);

        public void Wake(Dispatcher dispatcher, string label)
        {
            Interlocked.Increment(ref _unseen);
            _wished.AddOrUpdate(label, 1, (_, wished) => wished + 1);
            dispatcher.Wake(label);
        }

        public Task AllSeenAsync()
        {
            _asked = true;
            Look();
            return _allSeen.Task;
        }

        public async Task<DateTimeOffset?> WorkAsync(string label, CancellationToken cancellationToken)
        {
            // An assertion here would be the dispatcher's surprise, and nobody's failure.
            if (!_atWork.TryAdd(label, true)) _violations.Add($"{label} is at work twice.");
            var lane = _lanes.AddOrUpdate(label.Split('-')[0], 1, (_, working) => working + 1);
            if (lane > Slots) _violations.Add($"{lane} of the lane of {label} are at work.");
            var count = Interlocked.Increment(ref _count);
            while (Volatile.Read(ref _most) is var most && most < count) Interlocked.CompareExchange(ref _most, count, most);

            var wished = _wished[label];
            await Task.Yield();
            var before = _seen.GetValueOrDefault(label);
            _seen[label] = wished;

            Interlocked.Decrement(ref _count);
            _lanes.AddOrUpdate(label.Split('-')[0], 0, (_, working) => working - 1);
            if (!_atWork.TryRemove(label, out _)) _violations.Add($"{label} was at work twice.");
            if (Interlocked.Add(ref _unseen, before - wished) == 0) Look();
            return null;
        }

        private void Look()
        {
            if (_asked && Volatile.Read(ref _unseen) == 0) _allSeen.TrySetResult();
        }
    }
}
