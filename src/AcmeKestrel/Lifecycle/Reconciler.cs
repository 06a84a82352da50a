using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Exporting;

namespace AcmeKestrel.Lifecycle;

/// <summary>One pass over the wishes: every one is looked at now, and what failed before is tried again.</summary>
internal sealed class Reconciler(WishFollower wishes, AccountKeeper accounts, Labels labels, ExportDesk exports, Dispatcher dispatcher)
{
    /// <summary>The labels whose certificate changed; each had its one attempt when this returns, and its files are looked at: who asks for a pass may end right after it.</summary>
    public async Task<IReadOnlyList<string>> PassAsync(CancellationToken cancellationToken)
    {
        accounts.LookAgain();
        await wishes.ReadAsync(cancellationToken).ConfigureAwait(false);
        var before = labels.Wishes.Select(wish => wish.Label).ToDictionary(label => label, label => labels.Of(label).Facts.Certificate?.Generation);
        await dispatcher.WhileRunningAsync(Task.WhenAll(before.Keys.Select(Ask)), cancellationToken).ConfigureAwait(false);
        foreach (var label in before.Keys) await exports.BringAsync(label, cancellationToken).ConfigureAwait(false);
        return [.. before.Where(known => labels.Of(known.Key).Facts.Certificate?.Generation != known.Value).Select(known => known.Key).Order(StringComparer.Ordinal)];
    }

    private Task<LabelOutcome?> Ask(string label)
    {
        var request = new LabelRequest { IsForced = true };
        labels.Of(label).Post(request);
        dispatcher.Wake(label);
        return request.Answered;
    }
}
