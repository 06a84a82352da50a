using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle;

/// <summary>
/// The right of an order to take its next step. The planner said yes by what it saw; others are at work, too, so it is taken here, and a label that waits for one of them
/// is put where it will be woken.
/// </summary>
internal sealed class OrderPassage(Ledgers ledgers, AccountTraffic traffic, LimitLines lines, TimeProvider time)
{
    /// <summary>Given back by disposal. Null where the CA or the account says no by now: plan again.</summary>
    public Task<IDisposable?> TryEnterAsync(StateSession session, Provider provider, AccountName account, LabelEntry entry, CancellationToken cancellationToken) =>
        TryEnterAsync(session, provider, account, entry.Label, Begins(entry), Backoff.CapOf(entry.Certificate, time.GetUtcNow()), cancellationToken);

    /// <summary>For an order that is no label's: nothing of it is planned, and whoever asked for it is told.</summary>
    public Task<IDisposable?> TryEnterAsync(OrderRun run, Provider provider, CancellationToken cancellationToken) =>
        TryEnterAsync(run.Session, provider, run.Order.Account, run.Order.Label, run.Order.Progress is OrderProgress.Intent, cap: null, cancellationToken);

    /// <summary>What keeps such an order from its next step.</summary>
    public async Task<string> ExplainAsync(OrderRun run, Provider provider, CancellationToken cancellationToken)
    {
        if (traffic.ClosingOf(run.Order.Account) is { } closing) return closing.Reason;

        var circuit = (await ledgers.GetAsync(run.Session, provider, cancellationToken).ConfigureAwait(false)).Circuit.State;
        return circuit is null ? $"another name asked whether {provider.Name} answers again" : $"{provider.Name} does not answer as it should, and is left alone until {circuit.OpenUntil:u}: {circuit.Reason}";
    }

    /// <summary>What was decided says whether the label stands in a line for a CA's limits.</summary>
    public void TakeTurns(string label, Decision decision, CertificateFacts? certificate)
    {
        if (decision is Decision.Wait { Obstacle.Line: { } line, Provider: { } provider }) lines.Stand(new LimitLine(provider.Ca, line), label, RenewalTime.RankOf(certificate, time.GetUtcNow()));
        else lines.Leave(label);
    }

    /// <summary>False where the label need not wait any more: plan again.</summary>
    public async Task<bool> ParkAsync(StateSession session, Decision.Wait wait, LabelEntry entry, Wish? wish, CancellationToken cancellationToken)
    {
        switch (wait)
        {
            case { Obstacle.Kind: ObstacleKind.ProbeUnderWay, Provider: { } provider }:
                return (await ledgers.GetAsync(session, provider, cancellationToken).ConfigureAwait(false)).Circuit.Park(entry.Label);

            case { Obstacle.Kind: ObstacleKind.AccountBusy, Provider: { } provider }:
                return traffic.Park(entry.Run?.Order.Account ?? AccountName.Of(provider, wish?.Email), entry.Label, Begins(entry));

            default:
                return true;
        }
    }

    private async Task<IDisposable?> TryEnterAsync(StateSession session, Provider provider, AccountName account, string label, bool begins, TimeSpan? cap, CancellationToken cancellationToken)
    {
        var ledger = await ledgers.GetAsync(session, provider, cancellationToken).ConfigureAwait(false);
        if (traffic.TryEnter(account, label, begins) is not { } road) return null;
        if (ledger.Circuit.TryEnter(label, cap) is { } pass) return new Pass(road, pass);

        road.Dispose();
        return null;
    }

    private static bool Begins(LabelEntry entry) => entry.Run is null or { Order.Progress: OrderProgress.Intent };

    private sealed class Pass(IDisposable road, IDisposable circuit) : IDisposable
    {
        public void Dispose()
        {
            road.Dispose();
            circuit.Dispose();
        }
    }
}
