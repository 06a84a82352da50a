using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Lifecycle;

/// <summary>Publishes what is stored before the server listens, and then keeps every wished certificate, one due label after the other.</summary>
internal sealed class Worker(
    StateLoader loader,
    StateLease lease,
    WorkerGate gate,
    LabelRunner runner,
    IWishFeed wishes,
    IAcmeSettings settings,
    IWorkerActivation activation,
    Ledgers ledgers,
    AccountKeeper accounts,
    AccountTraffic traffic,
    AnswerDesk desk,
    StatusBoard board,
    DueQueue queue,
    TimeProvider time,
    ILogger<Worker> logger) : IHostedLifecycleService, IDisposable
{
    /// <summary>Labels of one CA that are worked on at once; waiting ones do not count, and a slow CA takes no other's slots.</summary>
    private const int Slots = 24;

    private static readonly TimeSpan AfterSurprise = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, LabelEntry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _slots = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<LabelEntry, Task> _running = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly SemaphoreSlim _replanning = new(1, 1);
    private Task _loops = Task.CompletedTask;

    /// <summary>Certificates are served from the first handshake: this ends before the server listens.</summary>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await lease.TryTakeAsync(cancellationToken).ConfigureAwait(false);
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        ledgers.Released += Hurry;
        traffic.Released += Hurry;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        var token = _stopping.Token;
        _loops = Task.WhenAll(
            KeepRunningAsync(() => lease.HoldAsync(OnLeaseAsync, token), token),
            KeepRunningAsync(() => FollowWishesAsync(token), token),
            KeepRunningAsync(() => DispatchAsync(token), token),
            KeepRunningAsync(() => FollowActivationAsync(token), token));
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            await _loops.WaitAsync(cancellationToken).ConfigureAwait(false);
            await Task.WhenAll(_running.Values).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            desk.Close();
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => lease.ReleaseAsync();

    public void Dispose()
    {
        ledgers.Released -= Hurry;
        traffic.Released -= Hurry;
        _stopping.Dispose();
        _changed.Dispose();
        _replanning.Dispose();
        foreach (var slots in _slots.Values) slots.Dispose();
    }

    /// <summary>One pass: every wish is looked at now, and what failed before is tried again. Returns the labels whose certificate changed.</summary>
    public async Task<IReadOnlyList<string>> PassAsync(CancellationToken cancellationToken)
    {
        accounts.LookAgain();
        await ReplanAsync(cancellationToken).ConfigureAwait(false);
        var before = _entries.Values.Where(entry => entry.Wish is not null).ToDictionary(entry => entry, entry => entry.Served?.Generation);
        foreach (var entry in before.Keys)
        {
            entry.Force();
            board.Unsettle(entry.Label);
            queue.SetNow(entry.Label);
        }

        await board.WaitUntilSettledAsync(cancellationToken).ConfigureAwait(false);
        return [.. before.Where(known => known.Key.Served?.Generation != known.Value).Select(known => known.Key.Label).Order(StringComparer.Ordinal)];
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var fence = lease.FenceOrNull;
            ledgers.Forget();
            accounts.Forget();
            var stored = await loader.LoadAsync(cancellationToken).ConfigureAwait(false);
            foreach (var entry in _entries.Values.Where(entry => !stored.ContainsKey(entry.Label))) entry.Adopt(new LabelEntry(entry.Label));
            foreach (var (label, entry) in stored)
            {
                var known = _entries.GetOrAdd(label, entry);
                if (known != entry) known.Adopt(entry);
            }

            if (fence is not { } held) return;

            await loader.SweepAsync(_entries.Values, cancellationToken).ConfigureAwait(false);
            gate.StateIsRead(held);
        }
        catch (Exception unreadable) when (unreadable is Storage.StoreUnavailableException or Storage.StoreConflictException)
        {
            // Without the lease it is tried again with the next one.
            await lease.GiveBackAsync(unreadable.Message).ConfigureAwait(false);
        }
    }

    /// <summary>The state became ours: what another process did to it meanwhile is read first.</summary>
    private async Task OnLeaseAsync(CancellationToken cancellationToken)
    {
        // The gate is closed until this lease's state is read: whoever still runs comes to an end.
        await Task.WhenAll(_running.Values).WaitAsync(cancellationToken).ConfigureAwait(false);
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        _changed.Release();
    }

    private async Task FollowActivationAsync(CancellationToken cancellationToken)
    {
        await activation.WaitUntilKnownAsync(cancellationToken).ConfigureAwait(false);
        _changed.Release();
        await activation.WaitAsync(cancellationToken).ConfigureAwait(false);
        _changed.Release();
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
    }

    private async Task FollowWishesAsync(CancellationToken cancellationToken)
    {
        using var feed = ChangeToken.OnChange(wishes.GetChangeToken, () => _changed.Release());
        using var options = ChangeToken.OnChange(settings.GetChangeToken, () => _changed.Release());
        while (true)
        {
            await ReplanAsync(cancellationToken).ConfigureAwait(false);
            await _changed.WaitAsync(cancellationToken).ConfigureAwait(false);

            // Changes that came together are one.
            while (_changed.Wait(0, cancellationToken)) continue;
        }
    }

    /// <summary>Reads the wishes and has every label looked at again: planning is cheap, and a setting may matter to any of them.</summary>
    private async Task ReplanAsync(CancellationToken cancellationToken)
    {
        await _replanning.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var set = await wishes.GetAsync(cancellationToken).ConfigureAwait(false);
            var wished = new HashSet<string>(StringComparer.Ordinal);
            var fresh = new List<AcmeCertificateStatus>();
            foreach (var wish in set.Wishes)
            {
                var entry = _entries.GetOrAdd(wish.Label, label => new LabelEntry(label));
                entry.Wish = wish;
                wished.Add(wish.Label);
                fresh.Add(LabelStatus.Of(entry, wish, AcmeCertificateState.Waiting, null, null));
            }

            foreach (var entry in _entries.Values.Where(entry => !wished.Contains(entry.Label))) entry.Wish = null;

            board.SetWishes(fresh, set.Problems);
            foreach (var label in _entries.Keys) queue.SetNow(label);
        }
        finally
        {
            _replanning.Release();
        }
    }

    private async Task DispatchAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var label = await queue.NextAsync(cancellationToken).ConfigureAwait(false);
            if (!_entries.TryGetValue(label, out var entry) || !entry.TryBegin()) continue;

            // A task that ends before it is entered here would stay for ever: it begins after.
            var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _running[entry] = RunAsync(entry, start.Task, cancellationToken);
            start.SetResult();
        }
    }

    private async Task RunAsync(LabelEntry entry, Task start, CancellationToken cancellationToken)
    {
        await start.ConfigureAwait(false);
        DateTimeOffset? due = null;
        try
        {
            var slots = _slots.GetOrAdd(entry.Wish?.Provider ?? "", _ => new SemaphoreSlim(Slots, Slots));
            await slots.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                due = await runner.RunAsync(entry, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                slots.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // The worker stops; the order's record says where to go on.
        }
        finally
        {
            _running.TryRemove(entry, out _);
            if (entry.End()) due = time.GetUtcNow();
            if (due is { } next) queue.Set(entry.Label, next);
        }
    }

    private void Hurry(IReadOnlyCollection<string> labels)
    {
        foreach (var label in labels) queue.SetNow(label);
    }

    /// <summary>Nothing escapes the worker: a loop that met a surprise says so and begins again.</summary>
    private async Task KeepRunningAsync(Func<Task> loop, CancellationToken cancellationToken)
    {
        await Task.Yield();
        while (true)
        {
            try
            {
                await loop().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Promise 5.
            catch (Exception surprise)
#pragma warning restore CA1031
            {
                logger.WorkerSurprised(surprise);
            }

            try
            {
                await Task.Delay(AfterSurprise, time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }
}
