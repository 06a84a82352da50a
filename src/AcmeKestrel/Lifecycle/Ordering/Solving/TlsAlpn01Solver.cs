using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Ordering.Solving;

/// <summary>tls-alpn-01: live in this process, and on record, by the server name of the probe, where other machines have the state, too.</summary>
internal sealed class TlsAlpn01Solver(LiveAnswers live, bool isShared) : IChallengeSolver
{
    private readonly ShownAnswers _shown = new(live);

    /// <summary>By token, what this process wrote: two orders for one name have one record, and the end of one must not take away the other's.</summary>
    private readonly ConcurrentDictionary<string, (RecordKey Key, RecordVersion Version)> _written = new(StringComparer.Ordinal);

    public string Type => ChallengeTypes.TlsAlpn01;

    public async Task ShowAsync(StateSession session, ChallengeAnswer answer, CancellationToken cancellationToken)
    {
        if (isShared)
        {
            var key = StoredAnswers.KeyOfServerName(LiveAnswers.ServerName(answer.Identifier));
            _written[answer.Token] = (key, await session.WriteAsync(key, StoredAnswers.Content(answer), cancellationToken).ConfigureAwait(false));
        }

        _shown.Show(answer);
    }

    public void Hide(string token) => _shown.Hide(token);

    public async Task RemoveAsync(StateSession session, string token, CancellationToken cancellationToken)
    {
        if (!isShared) return;

        if (_written.TryRemove(token, out var written)) await DeleteAsync(session, written.Key, written.Version, cancellationToken).ConfigureAwait(false);
        else await DeleteAsync(session, answer => answer.Token == token, cancellationToken).ConfigureAwait(false);
    }

    public async Task SweepAsync(StateSession session, IReadOnlySet<string> needed, CancellationToken cancellationToken)
    {
        _shown.HideAllBut(needed);
        if (isShared) await DeleteAsync(session, answer => !needed.Contains(answer.Token), cancellationToken).ConfigureAwait(false);
    }

    public void Close()
    {
        _shown.HideAll();
        _written.Clear();
    }

    /// <summary>What another process wrote, as this one before a restart.</summary>
    private static async Task DeleteAsync(StateSession session, Predicate<StoredAnswer> isDone, CancellationToken cancellationToken)
    {
        var done = new List<StoreRecord>();
        await foreach (var record in session.ListAsync(StoredAnswers.OverTls, cancellationToken).ConfigureAwait(false))
        {
            if (record.Error is null && isDone(StoredAnswers.Read(record))) done.Add(record);
        }

        foreach (var record in done) await DeleteAsync(session, record.Key, record.Version, cancellationToken).ConfigureAwait(false);
    }

    private static async Task DeleteAsync(StateSession session, RecordKey key, RecordVersion version, CancellationToken cancellationToken)
    {
        try
        {
            await session.DeleteAsync(key, version, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreConflictException)
        {
            // Another order's answer is there by now, or the state is another process', which sweeps.
        }
    }
}
