using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>The ledgers, one a CA, each read when it is first asked for.</summary>
internal sealed class Ledgers(FencedStore store, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<string, ProviderLedger> _open = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _opening = new(1, 1);

    /// <summary>Labels that waited for a CA to answer again may go on.</summary>
    public event Action<IReadOnlyCollection<string>>? Released;

    /// <exception cref="DamagedRecordException">Its record is damaged: what was spent is not known, so nothing can be ordered there.</exception>
    public async ValueTask<ProviderLedger> GetAsync(Provider provider, CancellationToken cancellationToken)
    {
        var name = DirectoryName.Of(provider.DirectoryUrl);
        if (_open.TryGetValue(name, out var known)) return known;

        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_open.TryGetValue(name, out known)) return known;

            var key = new RecordKey(RecordKind.Ledger, name);
            var state = await store.ReadAsync(key, cancellationToken).ConfigureAwait(false) is { } record
                ? FencedStore.Json(record, "ledger.json", LifecycleJson.Default.LedgerState)
                : new LedgerState();
            await DropClosedAsync(state, cancellationToken).ConfigureAwait(false);
            var ledger = new ProviderLedger(store, key, state, time);
            ledger.Circuit.Released += labels => Released?.Invoke(labels);
            return _open[name] = ledger;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Another process may have written them: they are read again.</summary>
    public void Forget() => _open.Clear();

    public void Dispose()
    {
        _opening.Dispose();
        foreach (var ledger in _open.Values) ledger.Dispose();
    }

    /// <summary>A reservation whose order is gone (a kill came between the two) cannot be credited any more; its debit stays.</summary>
    private async Task DropClosedAsync(LedgerState state, CancellationToken cancellationToken)
    {
        if (state.Reservations.Count == 0) return;

        var open = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var record in store.ListAsync(RecordKind.Order, cancellationToken).ConfigureAwait(false))
        {
            if (OrderJournal.TryReadId(record) is { } id) open.Add(id);
        }

        foreach (var tag in state.Reservations.Keys.Where(tag => !open.Contains(LedgerTags.OrderId(tag))).ToList()) state.Reservations.Remove(tag);
    }
}
