using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>When the state becomes this process': which of the records that are on record are to be removed, whichever challenge type wrote them.</summary>
internal sealed class DnsSweep(DnsDebts debts)
{
    /// <param name="needed">The tokens of the orders in flight.</param>
    /// <param name="unread">Labels whose order cannot be read now, and may be gone on with: what is theirs stands until they have come to their end.</param>
    public async Task RunAsync(StateSession session, IReadOnlySet<string> needed, IReadOnlySet<string> unread, CancellationToken cancellationToken)
    {
        // This process may have had the state before, and ended an order whose challenge somebody else's order was given again.
        foreach (var token in needed) _ = debts.Withdraw(token);
        foreach (var (token, label) in await DnsLeftoverRecord.ListAsync(session, cancellationToken).ConfigureAwait(false))
        {
            if (needed.Contains(token)) continue;
            if (unread.Count > 0 && (label is null || unread.Contains(label))) _ = debts.Withdraw(token);
            else debts.Owe(token);
        }
    }
}
