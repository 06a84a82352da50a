using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Requests;

/// <summary>For a process that has not the state: asks the one that has it, by a record that both can read.</summary>
internal sealed class RequestBook(IAcmeStore store, TimeProvider time)
{
    /// <summary>Whoever has the state takes a request up at once, or after its look at the store's feed.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>For as long as it takes to give it back.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(250);

    /// <summary>Who asks, as a record says it.</summary>
    public static string Asker { get; } = $"{Environment.UserName}@{Environment.MachineName}, process {Environment.ProcessId}";

    /// <summary>A request by this process.</summary>
    public StoredRequest Word(RequestVerb verb, string? label = null) => new(verb, time.GetUtcNow(), Asker) { Label = label };

    /// <summary>Completes when there is an outcome; whoever has the state does it, however often that changes hands.</summary>
    /// <exception cref="StoreUnavailableException">Nobody took it up, or it could not be done: nothing has happened, or the message says what.</exception>
    /// <exception cref="AcmeAccountException">It could not be done with the account.</exception>
    /// <exception cref="OperationCanceledException">Cancelled: what nobody had taken up is withdrawn, what somebody had is done.</exception>
    public async Task<RequestOutcome> AskAsync(StoredRequest request, CancellationToken cancellationToken) =>
        await AwaitAsync(await PutAsync(request, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    /// <summary>On record when it returns.</summary>
    public async Task<RecordKey> PutAsync(StoredRequest request, CancellationToken cancellationToken)
    {
        var key = RequestRecord.NewKey(time.GetUtcNow());
        await store.WriteAsync(new StoreWrite(key, RequestRecord.Write(request)) { Expected = RecordVersion.Absent }, cancellationToken).ConfigureAwait(false);
        return key;
    }

    /// <inheritdoc cref="AskAsync"/>
    public async Task<RequestOutcome> AwaitAsync(RecordKey key, CancellationToken cancellationToken)
    {
        var (start, held) = (time.GetTimestamp(), time.GetTimestamp());
        try
        {
            while (true)
            {
                if (time.GetElapsedTime(held) > Patience)
                {
                    held = time.GetTimestamp();
                    if (!await IsHeldAsync(cancellationToken).ConfigureAwait(false)) throw new StoreUnavailableException("the process that has done it so far is gone: the request stays on record for an hour, and the next server goes on with it");
                }

                if (await LookAsync(key, mayWait: time.GetElapsedTime(start) < Patience, cancellationToken).ConfigureAwait(false) is { } outcome) return outcome.OrThrow();
                await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            await WithdrawAsync(key).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>All that is on record; of each only what it is about, and no key.</summary>
    public async Task<IReadOnlyList<AcmeRequestStatus>> ListAsync(CancellationToken cancellationToken)
    {
        var statuses = new List<AcmeRequestStatus>();
        await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Request), cancellationToken).ConfigureAwait(false)) statuses.Add(StatusOf(record));
        return statuses;
    }

    private static AcmeRequestStatus StatusOf(StoreRecord record)
    {
        try
        {
            if (record.Error is { } error) return new AcmeRequestStatus(record.Key.Name) { Problem = error };

            var request = RequestRecord.Read(record);
            return new AcmeRequestStatus(record.Key.Name)
            {
                Verb = request.Verb.ToString(),
                About = request.About,
                By = request.By,
                At = request.At,
                BegunAt = request.Begun?.At,
                EndedAt = request.Outcome?.At,
                Problem = request.Outcome?.Fault?.Message,
            };
        }
        catch (DamagedRecordException damaged)
        {
            return new AcmeRequestStatus(record.Key.Name) { Problem = damaged.Message };
        }
    }

    /// <summary>Null: there is no outcome yet.</summary>
    private async Task<RequestOutcome?> LookAsync(RecordKey key, bool mayWait, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(key, cancellationToken).ConfigureAwait(false) is not { } record) throw new StoreUnavailableException("the request is gone from the state: somebody has removed its record");

        var request = Read(record);
        if (request.Outcome is null && (mayWait || request.Begun is not null)) return null;

        try
        {
            await store.DeleteAsync(new StoreDeletion(key) { Expected = record.Version }, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreConflictException)
        {
            // It was taken up at this very moment.
            return null;
        }

        return request.Outcome ?? throw new StoreUnavailableException($"no process that has the state took the request up within {Patience.TotalSeconds:0} s; it is withdrawn");
    }

    /// <summary>Somebody has the state, who may be at work on the request.</summary>
    private async Task<bool> IsHeldAsync(CancellationToken cancellationToken)
    {
        if (await store.TryLeaseAsync(new StoreLeaseRequest(StateLease.Resource, Asker, Glance), cancellationToken).ConfigureAwait(false) is not { } lease) return true;

        await lease.DisposeAsync().ConfigureAwait(false);
        return false;
    }

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

    private async Task WithdrawAsync(RecordKey key)
    {
        try
        {
            if (await store.ReadAsync(key, CancellationToken.None).ConfigureAwait(false) is { } record && RequestRecord.Read(record) is { Begun: null } or { Outcome: not null })
            {
                await store.DeleteAsync(new StoreDeletion(key) { Expected = record.Version }, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception unavailable) when (unavailable is StoreUnavailableException or StoreConflictException or DamagedRecordException)
        {
            // Taken up meanwhile, or out of reach: whoever has the state does it, or removes it in time.
        }
    }
}
