using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle;

/// <summary>A process without the lease serves as well: it follows what the one that has it commits, and reads what it could not read at its start.</summary>
internal sealed class Standby(LabelLoader loader, CertificateSearch search, Labels labels, StateTakeover state, ICertificatePublisher publisher, Dispatcher dispatcher, TimeProvider time, ILogger<Standby> logger)
{
    /// <summary>By label, the newest generation that was looked at: a damaged one is read again by its label's own work, not at every look.</summary>
    private readonly Dictionary<string, string> _seen = new(StringComparer.Ordinal);
    private string? _problem;

    /// <summary>One look at all, by the generations' names; only what is new is read.</summary>
    public Task LookAsync(CancellationToken cancellationToken) => TryAsync(
        async () =>
        {
            var newest = await loader.NewestAsync(cancellationToken).ConfigureAwait(false);
            var known = labels.All.Where(entry => entry.Facts.Certificate is not null).ToDictionary(entry => entry.Label, entry => entry.Facts.Certificate!, StringComparer.Ordinal);
            var fresh = newest.Where(label => !IsSeen(label.Key, label.Value, known)).ToList();

            // Removed by the one that has the state; a folder that cannot be listed for a moment takes away nothing that is good.
            var gone = known.Values.Where(certificate => !newest.ContainsKey(certificate.Label) && certificate.NotAfter < time.GetUtcNow()).Select(certificate => certificate.Label).ToList();
            var empty = labels.All.Where(entry => entry.Damage is null && IsEmpty(entry.Facts) && labels.WishOf(entry.Label) is null && !newest.ContainsKey(entry.Label)).Select(entry => entry.Label).ToList();
            if (fresh.Count + gone.Count + empty.Count > 0) await FollowAsync(fresh, gone, empty, cancellationToken).ConfigureAwait(false);
            search.End();
        },
        cancellationToken);

    /// <summary>These generations were committed by the one that has the state; nothing else is looked at.</summary>
    public Task LookAsync(IEnumerable<RecordKey> committed, CancellationToken cancellationToken) => TryAsync(
        async () =>
        {
            var fresh = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (label, generation) in committed.Select(GenerationRecord.Names))
            {
                // What was looked at before this process had the state itself is old.
                var known = new[] { fresh.GetValueOrDefault(label), _seen.GetValueOrDefault(label), labels.Of(label).Facts.Certificate?.Generation }.Max(StringComparer.Ordinal);
                if (string.CompareOrdinal(generation, known) > 0) fresh[label] = generation;
            }

            if (fresh.Count > 0) await FollowAsync([.. fresh], [], [], cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    private async Task TryAsync(Func<Task> look, CancellationToken cancellationToken)
    {
        try
        {
            await look().ConfigureAwait(false);
            _problem = null;
        }
#pragma warning disable CA1031 // Promise 3: whatever ails a store, what is known is served on.
        catch (Exception unreadable) when (unreadable is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            if (_problem != unreadable.Message) logger.StandbyCannotFollow(unreadable.Message);
            _problem = unreadable.Message;
        }
    }

    private async Task FollowAsync(List<KeyValuePair<string, string>> fresh, List<string> gone, List<string> empty, CancellationToken cancellationToken)
    {
        using var pause = await dispatcher.PauseAsync(cancellationToken).ConfigureAwait(false);
        foreach (var (label, generation) in fresh)
        {
            var entry = labels.Of(label);
            await state.ReloadAsync(entry, session: null, cancellationToken, newest: GenerationRecord.Key(label, generation)).ConfigureAwait(false);
            _seen[label] = generation;
            if (entry.Certificate?.Generation == generation) logger.StandbyFollowed(label, generation, entry.Certificate.NotAfter);
            dispatcher.Wake(label);
        }

        foreach (var label in gone)
        {
            publisher.Withdraw(label);
            labels.Of(label).Adopt(new LoadedLabel(label));
            _seen.Remove(label);
            dispatcher.Wake(label);
        }

        // Names come and go, and this process may follow for months.
        foreach (var label in empty.Where(label => labels.Find(label) is { } facts && IsEmpty(facts))) labels.Forget(label);
    }

    private static bool IsEmpty(LabelFacts facts) => facts is { Certificate: null, OrderedFor: null, Revocation: null };

    /// <summary>Or it is older than what is known and good: the store lost that, and it is ordered once more.</summary>
    private bool IsSeen(string label, string generation, Dictionary<string, CertificateFacts> known) =>
        (_seen.TryGetValue(label, out var seen) && seen == generation) || (known.TryGetValue(label, out var certificate) && (certificate.Generation == generation || certificate.Outlasts(generation, time.GetUtcNow())));
}
