using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Ordering.Solving;

/// <summary>tls-alpn-01: live in this process, and on record, by the server name of the probe, where other machines have the state, too.</summary>
internal sealed class TlsAlpn01Solver(LiveAnswers live, bool isShared, ILogger<TlsAlpn01Solver> logger) : IChallengeSolver
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
        else await DeleteAsync(session, answer => answer?.Token == token, cancellationToken).ConfigureAwait(false);
    }

    public async Task SweepAsync(StateSession session, IReadOnlySet<string> needed, CancellationToken cancellationToken)
    {
        _shown.HideAllBut(needed);
        if (isShared) await DeleteAsync(session, answer => answer is null || !needed.Contains(answer.Token), cancellationToken).ConfigureAwait(false);
    }

    public void Close()
    {
        _shown.HideAll();
        _written.Clear();
    }

    /// <summary>What another process wrote, as this one before a restart.</summary>
    /// <param name="isDone">Asked of each, and with null of what is no answer.</param>
    private async Task DeleteAsync(StateSession session, Predicate<StoredAnswer?> isDone, CancellationToken cancellationToken)
    {
        var done = new List<StoreRecord>();
        await foreach (var record in session.ListAsync(StoredAnswers.OverTls, cancellationToken).ConfigureAwait(false))
        {
            if (record.Error is null && isDone(TryRead(record))) done.Add(record);
        }

        foreach (var record in done) await DeleteAsync(session, record.Key, record.Version, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Null: it is no answer, and keeps nobody from the others.</summary>
    private StoredAnswer? TryRead(StoreRecord record)
    {
        try
        {
            return StoredAnswers.Read(record);
        }
        catch (DamagedRecordException damaged)
        {
            logger.RecordDamaged(damaged.Message);
            return null;
        }
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
