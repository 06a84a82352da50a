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

    public async Task RunAsync(StateSession session, CancellationToken cancellationToken)
    {
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

        if (request.Begun is null)
        {
            request = request with { Begun = new RequestBeginning(time.GetUtcNow()) { Generation = GenerationOf(request) } };
            if (!await TryKeepAsync(session, key, request, record.Version, cancellationToken).ConfigureAwait(false)) return;
            logger.RequestBegun(request.Verb.ToString(), request.Label ?? request.Provider ?? "everything", request.By);
        }

        // A process before this one may have done it and have been killed before it could say so.
        var isDone = request is { Verb: RequestVerb.Renew, Begun.Generation: var before } && GenerationOf(request) != before;
        request = request with { Outcome = await OutcomeAsync(isDone ? request with { Verb = RequestVerb.Retry } : request, cancellationToken).ConfigureAwait(false) };
        await session.WriteAsync(key, RequestRecord.Write(request), cancellationToken).ConfigureAwait(false);
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

    private async Task<RequestOutcome> OutcomeAsync(StoredRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await actions.DoAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is StoreUnavailableException or AcmeAccountException or ArgumentException)
        {
            return new RequestOutcome(time.GetUtcNow()) { Fault = new RequestFault(refused.Message, IsAccounts: refused is AcmeAccountException) };
        }
    }

    private string? GenerationOf(StoredRequest request) => request.Label is { } label ? labels.Find(label)?.Certificate?.Generation : null;
}
