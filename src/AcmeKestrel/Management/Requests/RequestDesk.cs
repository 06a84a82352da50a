using System.Collections.Concurrent;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Management.Requests;

/// <summary>For the process that has the state: does what others ask of it as the store's feed tells it, and looks at all that is on record now and then.</summary>
internal sealed class RequestDesk(RequestCourse course, IAcmeStore store, TimeProvider time, ILogger<RequestDesk> logger) : IStateDuty
{
    /// <summary>Most requests wait for a CA; the others wait for them.</summary>
    private const int AtOnce = 64;

    /// <summary>What nobody fetches is told by no feed when it is old.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(10);

    /// <summary>What was there when this process got the state: nothing but the askers' clocks tells how old that is. All else has come since, whether or not the feed was away then.</summary>
    private (StateSession Session, HashSet<RecordKey> Keys)? _found;

    public async Task RunAsync(StateSession session, CancellationToken cancellationToken)
    {
        // A feed that fails ends the work of this run, which stays on record and is gone on with in the next one.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        cancellationToken = over.Token;
        var found = await FoundAsync(session, cancellationToken).ConfigureAwait(false);
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest { Kind = RecordKind.Request }, cancellationToken).ConfigureAwait(false);
        using var room = new SemaphoreSlim(AtOnce);
        var atWork = new ConcurrentDictionary<RecordKey, bool>();
        var damaged = new ConcurrentDictionary<RecordKey, bool>();
        Task[] loops = [];
        try
        {
            await BeginAllAsync().ConfigureAwait(false);
            loops = [FollowAsync(), LookAsync()];
            await (await Task.WhenAny(loops).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            // Whoever is still at work has a place.
            for (var places = 0; places < AtOnce; places++) await room.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        async Task FollowAsync()
        {
            await foreach (var change in watch.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (change.Key is { } key) damaged.TryRemove(key, out _);
                if (change.Key is null) await BeginAllAsync().ConfigureAwait(false);
                else if (change.Kind == StoreChangeKind.Written) await BeginAsync(change.Key.Value).ConfigureAwait(false);
            }
        }

        async Task LookAsync()
        {
            while (true)
            {
                await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
                try
                {
                    await BeginAllAsync().ConfigureAwait(false);
                }
                catch (StoreUnavailableException)
                {
                    // The feed meets the same, and what is being done needs no list.
                }
            }
        }

        async Task BeginAllAsync()
        {
            await foreach (var entry in store.ListEntriesAsync(new StoreQuery(RecordKind.Request), cancellationToken).ConfigureAwait(false))
            {
                if (!damaged.ContainsKey(entry.Key)) await BeginAsync(entry.Key).ConfigureAwait(false);
            }
        }

        async Task BeginAsync(RecordKey key)
        {
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (atWork.TryAdd(key, true)) _ = DoApartAsync(key);
            else room.Release();
        }

        // Nothing escapes it: one request's surprise is not another's.
        async Task DoApartAsync(RecordKey key)
        {
            try
            {
                await course.RunAsync(session, key, hasCome: !found.Contains(key), cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // It stays on record for whoever has the state next.
            }
            catch (StoreConflictException)
            {
                // Who that is finds it taken up.
            }
#pragma warning disable CA1031 // Promise 5.
            catch (Exception failed)
#pragma warning restore CA1031
            {
                if (failed is DamagedRecordException) damaged[key] = true;
                logger.RequestFailed(key.Name, failed.Message);
            }
            finally
            {
                atWork.TryRemove(key, out _);
                room.Release();
            }
        }
    }

    /// <summary>Looked for before the feed is, and once: what comes while the feed is away is new, too.</summary>
    private async Task<HashSet<RecordKey>> FoundAsync(StateSession session, CancellationToken cancellationToken)
    {
        if (_found is { } found && found.Session == session) return found.Keys;

        var keys = new HashSet<RecordKey>();
        await foreach (var entry in store.ListEntriesAsync(new StoreQuery(RecordKind.Request), cancellationToken).ConfigureAwait(false)) keys.Add(entry.Key);
        _found = (session, keys);
        return keys;
    }
}
