using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Requests;

/// <summary>For a process that has not the state: asks the one that has it, by a record that both can read.</summary>
internal sealed class RequestBook(IAcmeStore store, TimeProvider time)
{
    /// <summary>So long it is looked for whether a request is on record whose writing was not answered for.</summary>
    private static readonly TimeSpan Doubt = TimeSpan.FromSeconds(10);
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
        try
        {
            await WriteAsync(key, request, cancellationToken).ConfigureAwait(false);
            return key;
        }
        catch (OperationCanceledException)
        {
            await WithdrawAsync(key).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc cref="AskAsync"/>
    public async Task<RequestOutcome> AwaitAsync(RecordKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await new RequestWait(store, key, time).EndAsync(cancellationToken).ConfigureAwait(false);
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

    private async Task WriteAsync(RecordKey key, StoredRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteAsync(new StoreWrite(key, RequestRecord.Write(request)) { Expected = RecordVersion.Absent }, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException)
        {
            // The answer alone may be lost: who asked once more would have it done twice.
            if (!await IsOnRecordAsync(key, cancellationToken).ConfigureAwait(false)) throw;
        }
    }

    /// <summary>A store that does not say so for long is taken for one that has it not.</summary>
    private async Task<bool> IsOnRecordAsync(RecordKey key, CancellationToken cancellationToken)
    {
        for (var since = time.GetTimestamp(); time.GetElapsedTime(since) < Doubt;)
        {
            try
            {
                return await store.ReadAsync(key, cancellationToken).ConfigureAwait(false) is not null;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
            }
        }

        return false;
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
