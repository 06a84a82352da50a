namespace AcmeKestrel.Storage.Engine;

/// <summary>A lease that is given back where the accounts of the state are nothing that this process can work with: whoever has it holds all names, and keeps those from ordering who can open them.</summary>
internal static class GuardedLease
{
    /// <param name="findRefusalAsync">Looks at the accounts while nobody else writes; null: the lease may be kept.</param>
    /// <exception cref="StoreUnavailableException">It was given back (<see cref="StoreUnavailableException.IsRefusal"/>), or the store fails.</exception>
    public static async ValueTask<IStoreLease?> TryTakeAsync(IAcmeStore store, StoreLeaseRequest request, Func<IAsyncEnumerable<StoreRecord>, ValueTask<string?>> findRefusalAsync, CancellationToken cancellationToken)
    {
        if (await store.TryLeaseAsync(request, cancellationToken).ConfigureAwait(false) is not { } lease) return null;

        try
        {
            return await findRefusalAsync(store.ListAsync(new StoreQuery(RecordKind.Account), cancellationToken)).ConfigureAwait(false) is { } refusal ? throw Refusal(refusal) : lease;
        }
        catch
        {
            await lease.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public static StoreUnavailableException Refusal(string reason) => new(reason) { IsRefusal = true };
}
