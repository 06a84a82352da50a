using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Requests;

/// <summary>Whoever asked waits for the outcome of one request. A look that fails says nothing of it: who took that for an end, and asked once more, would have it done twice.</summary>
internal sealed class RequestWait(IAcmeStore store, RecordKey key, TimeProvider time)
{
    /// <summary>Whoever has the state takes a request up at once, or after its look at the store's feed; and so long a store that is away is borne.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>For as long as it takes to give it back.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);

    private long _start = time.GetTimestamp();
    private long _held = time.GetTimestamp();
    private long? _away;
    private bool _withdraws;

    /// <inheritdoc cref="RequestBook.AskAsync"/>
    public async Task<RequestOutcome> EndAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await LookAsync(cancellationToken).ConfigureAwait(false) is { } outcome) return outcome.OrThrow();
            await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Null: there is no outcome yet.</summary>
    private async Task<RequestOutcome?> LookAsync(CancellationToken cancellationToken)
    {
        StoreRecord? record;
        bool isGone;
        try
        {
            isGone = time.GetElapsedTime(_held) > Patience && !await IsHeldAsync(cancellationToken).ConfigureAwait(false);
            record = isGone ? null : await store.ReadAsync(key, cancellationToken).ConfigureAwait(false);
            _away = null;
        }
        catch (StoreUnavailableException away) when (!away.IsRefusal)
        {
            Bear(away);
            return null;
        }
        catch (StoreUnavailableException refused)
        {
            // Nobody has the state, and what is kept there this process cannot open.
            throw new StoreUnavailableException($"what became of the request cannot be seen: {refused.Message}; it stays on record for an hour, and the next server goes on with it", refused);
        }

        if (isGone) throw new StoreUnavailableException("the process that has done it so far is gone: the request stays on record for an hour, and the next server goes on with it");
        if (record is null) throw _withdraws ? Withdrawn() : new StoreUnavailableException("the request is gone from the state: somebody has removed its record");

        _withdraws = false;
        return await DecideAsync(record, cancellationToken).ConfigureAwait(false);
    }

    private async Task<RequestOutcome?> DecideAsync(StoreRecord record, CancellationToken cancellationToken)
    {
        var request = Read(record);
        if (request.Outcome is null && (request.Begun is not null || time.GetElapsedTime(_start) < Patience)) return null;

        try
        {
            await store.DeleteAsync(new StoreDeletion(key) { Expected = record.Version }, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreConflictException)
        {
            // It was taken up at this very moment.
            return null;
        }
        catch (StoreUnavailableException) when (request.Outcome is not null)
        {
            // It is known, and goes as one that nobody fetches.
        }
        catch (StoreUnavailableException away)
        {
            _withdraws = true;
            Bear(away);
            return null;
        }

        return request.Outcome ?? throw Withdrawn();
    }

    /// <summary>Whoever has the state could do nothing either, so all time begins anew when the store is back.</summary>
    private void Bear(StoreUnavailableException away)
    {
        _start = _held = time.GetTimestamp();
        _away ??= _start;
        if (time.GetElapsedTime(_away.Value) > Patience) throw new StoreUnavailableException($"what became of the request cannot be seen, and it may be done all the same: {away.Message}", away);
    }

    /// <summary>Somebody has the state, who may be at work on the request.</summary>
    private async Task<bool> IsHeldAsync(CancellationToken cancellationToken)
    {
        _held = time.GetTimestamp();
        if (await store.TryLeaseAsync(new StoreLeaseRequest(StateLease.Resource, RequestBook.Asker, Glance), cancellationToken).ConfigureAwait(false) is not { } lease) return true;

        await lease.DisposeAsync().ConfigureAwait(false);
        return false;
    }

    private static StoreUnavailableException Withdrawn() => new($"no process that has the state took the request up within {Patience.TotalSeconds:0} s; it is withdrawn");

    private static StoredRequest Read(StoreRecord record)
    {
        try
        {
            return RequestRecord.Read(record);
        }
        catch (DamagedRecordException damaged)
        {
            throw new StoreUnavailableException(damaged.Message, damaged);
        }
    }
}
