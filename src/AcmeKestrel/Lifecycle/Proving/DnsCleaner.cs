using System.Collections.Concurrent;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>
/// Removes records from DNS that no order needs any more, each until it succeeds: its leftover goes last. One that cannot be removed is tried again later and later. Each is removed apart from the others, at its provider's next turn, so
/// whoever does not answer is in no other provider's way.
/// </summary>
/// <param name="isCommand">This process does what it was asked for, and is gone: what it leaves is left for days.</param>
internal sealed class DnsCleaner(DnsDesk desk, DnsDebts debts, TimeProvider time, ILogger<DnsCleaner> logger, Func<bool> isCommand) : IStateDuty, IDisposable
{
    /// <summary>Leftovers that are read in the same moment.</summary>
    private const int ReadAtOnce = 16;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);

    /// <summary>What is being removed.</summary>
    private readonly ConcurrentDictionary<DnsDebt, Task> _inHand = new(ReferenceEqualityComparer.Instance);

    private readonly SemaphoreSlim _reading = new(ReadAtOnce);

    public bool IsForEveryProcess => true;

    public async Task RunAsync(StateSession session, CancellationToken cancellationToken)
    {
        using var patience = new CleaningPatience(time);
        try
        {
            await KeepRemovingAsync(session, patience, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // What is in hand goes on, and what was not tried yet is begun.
            patience.Stop(isCommand());
            BeginAll(session, debts.List().Owed.Where(debt => debt.Tries == 0), patience);
            await Task.WhenAll(_inHand.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public void Dispose() => _reading.Dispose();

    private async Task KeepRemovingAsync(StateSession session, CleaningPatience patience, CancellationToken cancellationToken)
    {
        while (true)
        {
            var (owed, news) = debts.List();
            var now = time.GetUtcNow();
            BeginAll(session, owed, patience);
            var next = owed.Where(debt => !debt.IsHeld && debt.Due > now).Select(debt => debt.Due).Append(now + LongestPause).Min();
            await WaitAsync(news, next - now, cancellationToken).ConfigureAwait(false);
        }
    }

    private void BeginAll(StateSession session, IEnumerable<DnsDebt> owed, CleaningPatience patience)
    {
        var now = time.GetUtcNow();
        foreach (var debt in owed.Where(debt => IsDue(debt, now) && !_inHand.ContainsKey(debt))) Begin(session, debt, patience);
    }

    private static bool IsDue(DnsDebt debt, DateTimeOffset now) => !debt.IsHeld && !Waits.Last(debt.Due, PauseAfter(debt.Tries), now);

    private static TimeSpan PauseAfter(int tries) => tries switch
    {
        0 => TimeSpan.Zero,
        > 9 => LongestPause,
        _ => FirstPause * (1 << (tries - 1)) is var pause && pause < LongestPause ? pause : LongestPause,
    };

    private void Begin(StateSession session, DnsDebt debt, CleaningPatience patience)
    {
        // When it is known to be in hand.
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _inHand[debt] = RemoveApartAsync();
        go.SetResult();

        async Task RemoveApartAsync()
        {
            await go.Task.ConfigureAwait(false);
            try
            {
                await RemoveAsync(session, debt, patience.Over).ConfigureAwait(false);
                patience.GoOn();
            }
            finally
            {
                _inHand.TryRemove(debt, out _);
            }
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
            if (await FindAsync(session, debt.Token, cancellationToken).ConfigureAwait(false) is { } leftover)
            {
                await desk.RemoveAsync(leftover, removal.Withdrawn, cancellationToken).ConfigureAwait(false);
                if (late is null) await session.DeleteAsync(DnsLeftoverRecord.Key(debt.Token), cancellationToken).ConfigureAwait(false);
            }

            if (late is null) debts.Settle(debt);
            else _ = OweAgainAsync(debts.Hold(debt), late);
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
            debts.Postpone(debt, time.GetUtcNow() + PauseAfter(tries), tries);
            _log.DnsRecordKept(debt.Token, failed.Message, tries);
        }
        finally
        {
            removal?.Dispose();
        }
    }

    private async Task<DnsLeftover?> FindAsync(StateSession session, string token, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await DnsLeftoverRecord.FindAsync(session, token, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _reading.Release();
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
