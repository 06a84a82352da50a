using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Management.Requests;

/// <summary>For the process that has the state: does what others ask of it, and leaves the outcome where they look for it.</summary>
internal sealed class RequestDesk(RequestActions actions, Labels labels, IAcmeStore store, TimeProvider time, ILogger<RequestDesk> logger) : IStateDuty
{
    /// <summary>Most requests wait for a CA; the others wait for them.</summary>
    private const int AtOnce = 64;

    /// <summary>An outcome that nobody fetches, or a request that nobody waits for any more, is no use to anybody.</summary>
    private static readonly TimeSpan Keep = TimeSpan.FromHours(1);

    /// <summary>A disk that is full for a moment.</summary>
    private const int OutcomeWrites = 5;
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromSeconds(1);

    public async Task RunAsync(StateSession session, CancellationToken cancellationToken)
    {
        // A feed that fails ends the work of this run, which stays on record and is gone on with in the next one.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        cancellationToken = over.Token;
        using var room = new SemaphoreSlim(AtOnce);
        var work = new Dictionary<RecordKey, Task>();
        try
        {
            await using var watch = await store.OpenWatchAsync(new StoreWatchRequest { Kind = RecordKind.Request }, cancellationToken).ConfigureAwait(false);
            await BeginAllAsync().ConfigureAwait(false);
            await foreach (var change in watch.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (change.Key is not { } key) await BeginAllAsync().ConfigureAwait(false);
                else if (change.Kind == StoreChangeKind.Written) await BeginAsync(key).ConfigureAwait(false);
            }
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(work.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task BeginAllAsync()
        {
            await foreach (var entry in store.ListEntriesAsync(new StoreQuery(RecordKind.Request), cancellationToken).ConfigureAwait(false)) await BeginAsync(entry.Key).ConfigureAwait(false);
        }

        async Task BeginAsync(RecordKey key)
        {
            foreach (var (ended, _) in work.Where(known => known.Value.IsCompleted).ToList()) work.Remove(ended);
            if (work.ContainsKey(key)) return;

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
            work[key] = DoApartAsync(session, key, room, cancellationToken);
        }
    }

    /// <summary>Nothing escapes it: one request's surprise is not another's.</summary>
    private async Task DoApartAsync(StateSession session, RecordKey key, SemaphoreSlim room, CancellationToken cancellationToken)
    {
        try
        {
            await DoAsync(session, key, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It stays on record for whoever has the state next.
        }
#pragma warning disable CA1031 // Promise 5.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            logger.RequestFailed(key.Name, failed.Message);
        }
        finally
        {
            room.Release();
        }
    }

    private async Task DoAsync(StateSession session, RecordKey key, CancellationToken cancellationToken)
    {
        if (await session.ReadAsync(key, cancellationToken).ConfigureAwait(false) is not { } record) return;

        var request = RequestRecord.Read(record);
        if ((request.Outcome?.At ?? request.At) < time.GetUtcNow() - Keep)
        {
            await session.DeleteAsync(key, record.Version, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (request.Outcome is not null) return;

        var wasTakenUp = request.Begun is not null;
        if (!wasTakenUp)
        {
            request = request with { Begun = new RequestBeginning(time.GetUtcNow()) { Generation = GenerationOf(request) } };
            if (!await TryKeepAsync(session, key, request, record.Version, cancellationToken).ConfigureAwait(false)) return;
            logger.RequestBegun(request.Verb.ToString(), request.About ?? "everything", request.By);
        }

        request = request with { Outcome = await OutcomeAsync(request, wasTakenUp, cancellationToken).ConfigureAwait(false) };
        await KeepOutcomeAsync(session, key, request).ConfigureAwait(false);
    }

    /// <summary>What was done must be said, also by a process that stops: whoever has the state next would do it once more.</summary>
    private async Task KeepOutcomeAsync(StateSession session, RecordKey key, StoredRequest request)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await session.WriteAsync(key, RequestRecord.Write(request), CancellationToken.None).ConfigureAwait(false);
                return;
            }
            catch (StoreUnavailableException) when (attempt < OutcomeWrites)
            {
                await Task.Delay(BetweenWrites, time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>False: whoever asked has withdrawn it.</summary>
    private static async Task<bool> TryKeepAsync(StateSession session, RecordKey key, StoredRequest request, RecordVersion version, CancellationToken cancellationToken)
    {
        try
        {
            await session.WriteAsync(key, RequestRecord.Write(request), version, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (StoreConflictException)
        {
            return false;
        }
    }

    /// <param name="wasTakenUp">By a process before this one, which may have done it and have been killed before it could say so: what is current tells.</param>
    private async Task<RequestOutcome> OutcomeAsync(StoredRequest request, bool wasTakenUp, CancellationToken cancellationToken)
    {
        try
        {
            var isDone = wasTakenUp && request.Verb is RequestVerb.Renew or RequestVerb.RollBack or RequestVerb.Revoke && GenerationOf(request) != request.Begun!.Generation;
            return isDone ? await actions.TellAsync(request, cancellationToken).ConfigureAwait(false) : await actions.DoAsync(request, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Promise 5: whoever asked is told, whatever it was.
        catch (Exception refused) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new RequestOutcome(time.GetUtcNow()) { Fault = new RequestFault(refused.Message, IsAccounts: refused is AcmeAccountException) };
        }
    }

    private string? GenerationOf(StoredRequest request) => request.Label is { } label ? labels.Find(label)?.Certificate?.Generation : null;
}
