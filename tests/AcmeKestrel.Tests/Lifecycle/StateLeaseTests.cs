using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The right to write survives a store's hiccups, and is given up before it ends.</summary>
public sealed class StateLeaseTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly FlakyStore _store;
    private readonly StateLease _lease;

    public StateLeaseTests()
    {
        _store = new FlakyStore(new MemoryStore(_time));
        _lease = new StateLease(_store, LeaseTimes.OfMachine, _time, NullLogger<StateLease>.Instance);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_ails_the_store_is_said_and_tried_again()
    {
        _store.Leasing = () => throw new TimeoutException("The engine does not answer.");
        Assert.False(await _lease.TryTakeAsync(Token));
        Assert.Equal("The engine does not answer.", _lease.Problem);

        _store.Leasing = () => { };
        Assert.True(await _lease.TryTakeAsync(Token));
        Assert.Null(_lease.Problem);
    }

    [Fact]
    public async Task A_renewal_that_fails_is_tried_again_while_the_lease_lasts()
    {
        await _lease.TryTakeAsync(Token);
        var session = _lease.Session;
        var failures = 3;
        _store.Renewing = () =>
        {
            if (failures-- > 0) throw new TimeoutException("a hiccup");
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var holding = _lease.HoldAsync(_ => Task.CompletedTask, () => Task.CompletedTask, _ => Task.CompletedTask, stop.Token);

        await PassAsync(TimeSpan.FromMinutes(10));

        Assert.True(failures < 0, "It was not renewed again.");
        Assert.Same(session, _lease.Session);
        Assert.Null(await _store.TryLeaseAsync("state", "another process", TimeSpan.FromMinutes(5), Token));
        await StopAsync(stop, holding);
    }

    [Fact]
    public async Task One_that_cannot_be_renewed_is_given_up_before_it_ends()
    {
        await _lease.TryTakeAsync(Token);
        var (session, since) = (_lease.Session, _time.GetUtcNow());
        DateTimeOffset? lost = null;
        _store.Renewing = () => throw new TimeoutException("gone");
        _store.Leasing = () =>
        {
            lost ??= _time.GetUtcNow();
            throw new TimeoutException("gone");
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var holding = _lease.HoldAsync(_ => Task.CompletedTask, () => Task.CompletedTask, _ => Task.CompletedTask, stop.Token);

        await PassAsync(TimeSpan.FromMinutes(6));

        Assert.NotNull(session);
        Assert.Null(_lease.Session);
        Assert.NotNull(_lease.Problem);
        Assert.InRange(lost!.Value - since, TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(4.6));
        await StopAsync(stop, holding);
    }

    /// <summary>An engine that swallows what it is asked: another one could have the state while this one still waits for an answer.</summary>
    [Fact]
    public async Task One_whose_renewal_is_not_answered_is_given_up_before_it_ends_and_what_is_done_under_it_by_its_end()
    {
        await _lease.TryTakeAsync(Token);
        var (silence, lost) = (new TaskCompletionSource(), false);
        (_store.RenewingFor, _store.DisposingFor) = (silence.Task, silence.Task);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var holding = _lease.HoldAsync(_ => Task.CompletedTask, LoseAsync, _ => Task.CompletedTask, stop.Token);

        await PassAsync(TimeSpan.FromSeconds(269));
        Assert.NotNull(_lease.Session);
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.Null(_lease.Session);
        Assert.False(lost);
        _store.Leasing = () => throw new StoreUnavailableException("not now");
        await PassAsync(TimeSpan.FromSeconds(30));
        Assert.True(lost);

        silence.SetResult();
        await StopAsync(stop, holding);

        Task LoseAsync()
        {
            lost = true;
            return Task.CompletedTask;
        }
    }

    /// <summary>The machine stood still for minutes, and nobody has it yet.</summary>
    [Fact]
    public async Task Who_wakes_just_before_the_end_has_it_renewed()
    {
        await _lease.TryTakeAsync(Token);
        var session = _lease.Session;

        _time.Advance(TimeSpan.FromSeconds(290));

        Assert.False(await _lease.KeepAsync(Token));
        Assert.Same(session, _lease.Session);
    }

    /// <summary>Not with its next beat, which is minutes away.</summary>
    [Fact]
    public async Task One_that_the_store_says_is_lost_is_given_up_at_once()
    {
        Assert.True(await _lease.TryTakeAsync(Token));
        var lost = new TaskCompletionSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var holding = _lease.HoldAsync(_ => Task.CompletedTask, LoseAsync, _ => Task.CompletedTask, stop.Token);

        // A thief with this process' name: no other way to take a lease before its time.
        _store.Leasing = () => throw new StoreUnavailableException("not now");
        _store.Stolen?.Invoke();

        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Null(_lease.Session);
        await StopAsync(stop, holding);

        Task LoseAsync()
        {
            lost.SetResult();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_lease_that_was_given_back_with_a_reason_keeps_it()
    {
        Assert.True(await _lease.TryTakeAsync(Token));
        var lost = new TaskCompletionSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var holding = _lease.HoldAsync(_ => Task.CompletedTask, LoseAsync, _ => Task.CompletedTask, stop.Token);
        _store.Leasing = () => throw new StoreUnavailableException("the state cannot be read");

        await _lease.GiveBackAsync("the state cannot be read");

        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal("the state cannot be read", _lease.Problem);
        await StopAsync(stop, holding);

        Task LoseAsync()
        {
            lost.SetResult();
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task What_follows_another_one_ends_before_the_state_is_taken()
    {
        var (taken, order) = (new TaskCompletionSource(), new List<string>());
        _store.Leasing = () => throw new StoreUnavailableException("another one has it");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var holding = _lease.HoldAsync(
            _ =>
            {
                order.Add("taken");
                taken.TrySetResult();
                return Task.CompletedTask;
            },
            () => Task.CompletedTask,
            async token =>
            {
                order.Add("following");
                await Task.Delay(Timeout.InfiniteTimeSpan, token).ContinueWith(_ => order.Add("followed"), TaskScheduler.Default);
            },
            stop.Token);
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["following"], order);

        _store.Leasing = () => { };
        await PassAsync(TimeSpan.FromMinutes(1));

        await taken.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal(["following", "followed", "taken"], order);
        await StopAsync(stop, holding);
    }

    /// <summary>The lease can be had, and what it is of cannot be read: it is given back each time.</summary>
    [Fact]
    public async Task What_cannot_be_read_is_not_taken_again_at_once()
    {
        var times = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var holding = _lease.HoldAsync(
            async token =>
            {
                if (++times > 10) await Task.Delay(Timeout.InfiniteTimeSpan, token);
                await _lease.GiveBackAsync("the state cannot be read");
            },
            () => Task.CompletedTask,
            _ => Task.CompletedTask,
            stop.Token);
        Assert.Equal(1, times);

        await PassAsync(TimeSpan.FromSeconds(14));
        Assert.Equal(1, times);
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(2, times);
        await StopAsync(stop, holding);
    }

    /// <summary>What was begun when it was got must not go on beside what is begun when it is got again.</summary>
    [Fact]
    public async Task One_that_is_given_back_at_the_moment_it_was_got_is_lost_before_it_is_got_again()
    {
        var (order, again) = (new List<string>(), new TaskCompletionSource());
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var holding = _lease.HoldAsync(
            async token =>
            {
                order.Add("taken");
                if (order.Count > 3) again.TrySetResult();
                else await _lease.GiveBackAsync("the state has to be read anew");
            },
            () =>
            {
                order.Add("lost");
                return Task.CompletedTask;
            },
            _ => Task.CompletedTask,
            stop.Token);

        await PassAsync(TimeSpan.FromMinutes(1));

        await again.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal(["lost", "taken", "lost", "taken"], order);
        await StopAsync(stop, holding);
    }

    /// <summary>A driver's own timeout is no word of ours to stop.</summary>
    [Fact]
    public async Task A_stores_own_cancellation_is_a_failure_like_any_other()
    {
        _store.Leasing = () => throw new TaskCanceledException("The engine took too long.");
        Assert.False(await _lease.TryTakeAsync(Token));
        Assert.Equal("The engine took too long.", _lease.Problem);
        _store.Leasing = () => { };
        Assert.True(await _lease.TryTakeAsync(Token));

        var (session, failures) = (_lease.Session, 3);
        _store.Renewing = () =>
        {
            if (failures-- > 0) throw new TaskCanceledException("The engine took too long.");
        };
        for (var beats = 0; beats < 3; beats++) Assert.False(await _lease.KeepAsync(Token));
        Assert.Same(session, _lease.Session);

        var surprised = await Assert.ThrowsAsync<TaskCanceledException>(() => _lease.KeepWhileAsync(_ => throw new TaskCanceledException("The engine took too long."), Token));
        Assert.Equal("The engine took too long.", surprised.Message);
    }

    [Fact]
    public async Task A_store_that_cannot_take_it_back_ends_nothing()
    {
        await _lease.TryTakeAsync(Token);
        _store.Disposing = () => throw new TimeoutException("The engine does not answer.");

        await _lease.ReleaseAsync();

        Assert.Null(_lease.Session);
        Assert.Equal("The engine does not answer.", _lease.Problem);
    }

    [Fact]
    public async Task Work_that_takes_longer_than_a_lease_keeps_it()
    {
        await _lease.TryTakeAsync(Token);
        var (session, done) = (_lease.Session, new TaskCompletionSource());
        var work = _lease.KeepWhileAsync(token => done.Task.WaitAsync(token), Token);

        await PassAsync(TimeSpan.FromMinutes(20));

        Assert.Null(await _store.TryLeaseAsync("state", "another process", TimeSpan.FromMinutes(5), Token));
        Assert.False(work.IsCompleted);
        done.SetResult();
        await work;
        Assert.Same(session, _lease.Session);
    }

    [Fact]
    public async Task Work_under_a_lease_that_is_lost_is_ended()
    {
        await _lease.TryTakeAsync(Token);
        _store.Renewing = () => throw new TimeoutException("gone");
        var work = _lease.KeepWhileAsync(token => Task.Delay(Timeout.InfiniteTimeSpan, token), Token);

        await PassAsync(TimeSpan.FromMinutes(5));

        await Assert.ThrowsAsync<StoreUnavailableException>(() => work.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Null(_lease.Session);
    }

    /// <summary>On a thread of its own, where what waits for the clock goes on inside the step that lets it.</summary>
    private Task PassAsync(TimeSpan time) => Task.Run(
        () =>
        {
            for (var end = _time.GetUtcNow() + time; _time.GetUtcNow() < end;) _time.Advance(TimeSpan.FromSeconds(1));
        },
        Token);

    private static async Task StopAsync(CancellationTokenSource stop, Task holding)
    {
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => holding);
    }
}
