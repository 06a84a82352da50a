using System.Collections.Concurrent;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>
/// Removes records from DNS that no order needs any more, each until it succeeds: its leftover goes last. One that cannot be removed is tried again later and later, and is in nobody's way.
/// </summary>
internal sealed class DnsCleaner(DnsDesk desk, TimeProvider time, ILogger<DnsCleaner> logger) : IStateDuty
{
    private const int AtOnce = 16;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LastRound = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);

    /// <summary>Tokens of what is to be removed: when, and how often it was tried.</summary>
    private readonly ConcurrentDictionary<string, (DateTimeOffset Due, int Tries)> _owed = new(StringComparer.Ordinal);

    private volatile TaskCompletionSource _news = NewSignal();

    public bool IsForEveryProcess => true;

    /// <summary>The record of this challenge is needed no more.</summary>
    public void Owe(string token)
    {
        _owed[token] = (time.GetUtcNow(), 0);
        _news.TrySetResult();
    }

    public async Task RunAsync(StateSession session, CancellationToken cancellationToken)
    {
        try
        {
            await KeepRemovingAsync(session, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // The process may be a command that nobody will start again for days.
            using var brief = new CancellationTokenSource(LastRound, time);
            await Task.WhenAll(_owed.Where(owed => owed.Value.Tries == 0).Take(AtOnce).Select(owed => RemoveAsync(session, owed.Key, brief.Token))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KeepRemovingAsync(StateSession session, CancellationToken cancellationToken)
    {
        while (true)
        {
            _news = NewSignal();
            var now = time.GetUtcNow();
            var due = _owed.Where(owed => owed.Value.Due <= now).Select(owed => owed.Key).Take(AtOnce).ToList();
            if (due.Count > 0)
            {
                await Task.WhenAll(due.Select(token => RemoveAsync(session, token, cancellationToken))).ConfigureAwait(false);
                continue;
            }

            await WaitAsync(_owed.IsEmpty ? LongestPause : _owed.Values.Min(owed => owed.Due) - now, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RemoveAsync(StateSession session, string token, CancellationToken cancellationToken)
    {
        try
        {
            await desk.EndWritingAsync(token, cancellationToken).ConfigureAwait(false);
            var late = desk.FindLateWriter(token);
            if (await DnsLeftoverRecord.FindAsync(session, token, cancellationToken).ConfigureAwait(false) is { } leftover)
            {
                await desk.RemoveAsync(leftover, cancellationToken).ConfigureAwait(false);
                if (late is null) await session.DeleteAsync(DnsLeftoverRecord.Key(token), cancellationToken).ConfigureAwait(false);
            }

            _owed.TryRemove(token, out _);
            if (late is not null) _ = OweAgainAsync(token, late);
        }
        catch (DamagedRecordException damaged)
        {
            // It stays for an operator: nobody can say what is to be removed.
            _owed.TryRemove(token, out _);
            _log.DnsRecordUnknown(damaged.Message);
        }
#pragma warning disable CA1031 // Providers are code of others; whatever they throw, it is tried again.
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            var tries = _owed[token].Tries + 1;
            var pause = tries > 9 ? LongestPause : FirstPause * (1 << (tries - 1));
            _owed[token] = (time.GetUtcNow() + (pause < LongestPause ? pause : LongestPause), tries);
            _log.DnsRecordKept(token, failed.Message, tries);
        }
    }

    /// <summary>It may be written once more, and may never be: the leftover stays until it cannot be any more, or for the next process.</summary>
    private async Task OweAgainAsync(string token, Task late)
    {
        await late.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Owe(token);
    }

    private async Task WaitAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_news.Task, Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
