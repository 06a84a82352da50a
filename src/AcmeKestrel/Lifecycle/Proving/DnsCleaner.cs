using AcmeKestrel.Certificates.International;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>
/// Removes records from DNS that no order needs any more, each until it succeeds: its leftover goes last. One that cannot be removed is tried again later and later, and is in nobody's way.
/// </summary>
internal sealed class DnsCleaner(DnsDesk desk, DnsDebts debts, TimeProvider time, ILogger<DnsCleaner> logger) : IStateDuty
{
    private const int AtOnce = 16;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LastRound = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);

    public bool IsForEveryProcess => true;

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
            var untried = debts.List().Owed.Where(debt => debt.Tries == 0 && debt.Due <= time.GetUtcNow()).Take(AtOnce);
            await Task.WhenAll(untried.Select(debt => RemoveAsync(session, debt, brief.Token))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task KeepRemovingAsync(StateSession session, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (owed, news) = debts.List();
            var now = time.GetUtcNow();
            var due = owed.Where(debt => debt.Due <= now).Take(AtOnce).ToList();
            if (due.Count > 0)
            {
                await Task.WhenAll(due.Select(debt => RemoveAsync(session, debt, cancellationToken))).ConfigureAwait(false);
                continue;
            }

            await WaitAsync(news, owed.Select(debt => debt.Due).Append(now + LongestPause).Min() - now, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RemoveAsync(StateSession session, DnsDebt debt, CancellationToken cancellationToken)
    {
        var removal = default(DnsRemoval);
        try
        {
            await desk.EndWritingAsync(debt.Token, cancellationToken).ConfigureAwait(false);
            removal = await debts.BeginAsync(debt, cancellationToken).ConfigureAwait(false);
            if (removal is null) return;

            var late = desk.FindLateWriter(debt.Token);
            if (await DnsLeftoverRecord.FindAsync(session, debt.Token, cancellationToken).ConfigureAwait(false) is { } leftover)
            {
                await desk.RemoveAsync(leftover, removal.Withdrawn, cancellationToken).ConfigureAwait(false);
                if (late is null) await session.DeleteAsync(DnsLeftoverRecord.Key(debt.Token), cancellationToken).ConfigureAwait(false);
            }

            if (late is null) debts.Settle(debt);
            else _ = OweAgainAsync(debts.Postpone(debt, DateTimeOffset.MaxValue, 0), late);
        }
        catch (OperationCanceledException) when (removal is { Withdrawn.IsCancellationRequested: true })
        {
            // The next order has it now.
        }
        catch (DamagedRecordException damaged)
        {
            // It stays for an operator: nobody can say what is to be removed.
            debts.Settle(debt);
            _log.DnsRecordUnknown(damaged.Message);
        }
#pragma warning disable CA1031 // Providers are code of others; whatever they throw, it is tried again.
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            var tries = debt.Tries + 1;
            var pause = tries > 9 ? LongestPause : FirstPause * (1 << (tries - 1));
            debts.Postpone(debt, time.GetUtcNow() + (pause < LongestPause ? pause : LongestPause), tries);
            _log.DnsRecordKept(debt.Token, failed.Message, tries);
        }
        finally
        {
            removal?.Dispose();
        }
    }

    /// <summary>It may be written once more, and may never be: the leftover stays until it cannot be any more, or for the next process. An order that has written it meanwhile needs it.</summary>
    private async Task OweAgainAsync(DnsDebt debt, Task late)
    {
        await late.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        debts.Postpone(debt, time.GetUtcNow(), 0);
    }

    private async Task WaitAsync(Task news, TimeSpan pause, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(news, Task.Delay(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
