using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>The ledgers, one a CA, each read when it is first asked for, and anew for each session of the state: another process may have written them.</summary>
internal sealed class Ledgers(ILabelWaker labels, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile Opened? _opened;

    /// <summary>Those that were read in this session.</summary>
    public IEnumerable<KeyValuePair<CaKey, ProviderLedger>> Known => _opened?.All ?? [];

    /// <summary>A session begins.</summary>
    /// <param name="openOrders">The ids of the orders that were found in flight; reservations of others cannot be credited any more.</param>
    public void Begin(StateSession session, IReadOnlySet<string> openOrders) => _opened = new Opened(session, openOrders);

    /// <exception cref="DamagedRecordException">A record of it is damaged: what was spent is not known, so nothing can be ordered there.</exception>
    /// <exception cref="HeldException">The session is over.</exception>
    public async ValueTask<ProviderLedger> GetAsync(StateSession session, Provider provider, CancellationToken cancellationToken)
    {
        if (_opened is not { } opened || opened.Session != session) throw new HeldException(ObstacleKind.StateBeingRead, "the state has passed to another session");
        if (opened.Find(provider.Ca) is { } known) return known;

        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (opened.Find(provider.Ca) is { } read) return read;

            var records = new LedgerRecords(session, provider.Ca);
            var kept = await records.ReadAsync(cancellationToken).ConfigureAwait(false) ?? LedgerState.Empty with { Since = time.GetUtcNow() };
            return opened.Add(provider.Ca, new ProviderLedger(records, kept.WithoutReservations(opened.IsOpen), provider.Limits, labels, time));
        }
        finally
        {
            _opening.Release();
        }
    }

    public void Dispose()
    {
        _opening.Dispose();
        _opened?.Dispose();
    }

    /// <summary>What one session has read.</summary>
    private sealed class Opened(StateSession session, IReadOnlySet<string> openOrders) : IDisposable
    {
        private readonly ConcurrentDictionary<CaKey, ProviderLedger> _ledgers = new();

        public StateSession Session { get; } = session;

        public IEnumerable<KeyValuePair<CaKey, ProviderLedger>> All => _ledgers;

        public bool IsOpen(string tag) => openOrders.Contains(LedgerTag.OrderOf(tag));

        public ProviderLedger? Find(CaKey ca) => _ledgers.GetValueOrDefault(ca);

        public ProviderLedger Add(CaKey ca, ProviderLedger ledger) => _ledgers[ca] = ledger;

        public void Dispose()
        {
            foreach (var ledger in _ledgers.Values) ledger.Dispose();
        }
    }
}
