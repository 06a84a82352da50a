using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>
/// Moves what programs outside see, never while one of them is told of it: a server that is reloaded opens certificate and key one after the other. A move that has to wait is made when that has ended, before anybody else is told.
/// </summary>
/// <param name="view">The store's outside view, where it has one.</param>
/// <param name="copies">What is written elsewhere, where there is anything.</param>
internal sealed class PublicLinks(HookList hooks, Deliveries deliveries, LateRecords late, TimeProvider time, ILogger<PublicLinks> logger, ICertificateView? view = null, IPublicCopies? copies = null) : IGenerationOutlet
{
    /// <summary>After a move that failed.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    /// <summary>Many programs only ask a server to reload (<c>nginx -s reload</c>), and it opens the files when they have ended.</summary>
    private static readonly TimeSpan After = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Move> _waiting = new(StringComparer.Ordinal);
    private readonly KeyedGates _labels = new();
    private readonly Signal _changed = new();
    private int _moving;
    private int _telling;
    private DateTimeOffset _stillUntil;

    public async Task ExpectAsync(StateSession session, Generation generation, bool isIssued, CancellationToken cancellationToken)
    {
        var (known, notices) = (hooks.Now(), new List<OwedNotice>());
        if (isIssued) Add(AcmeHookEvent.Issued);
        Add(AcmeHookEvent.LiveUpdated);
        if (notices.Count > 0) await deliveries.OweAsync(session, generation.Label, notices, cancellationToken).ConfigureAwait(false);

        void Add(AcmeHookEvent happened)
        {
            if (HooksOf(known, happened) is { Count: > 0 } to) notices.Add(new OwedNotice(happened, time.GetUtcNow(), to).Of(GenerationRecord.FactsOf(generation)));
        }
    }

    public void Committed(Generation generation) => deliveries.IsTrue(generation.Label, AcmeHookEvent.Issued, generation.Id);

    public async Task<bool> ShowAsync(StateSession session, string label, string generation, CancellationToken cancellationToken)
    {
        var move = new Move(session, generation, time.GetUtcNow());
        bool waits;
        lock (_gate)
        {
            waits = IsStill;
            if (waits) _waiting[label] = move;
            else
            {
                _waiting.Remove(label);
                _moving++;
            }
        }

        if (waits)
        {
            // Nobody is told any more, perhaps, so nobody would say when that is over.
            logger.LinkWaits(label, generation);
            deliveries.LookAgain();
            return false;
        }

        try
        {
            using var turn = await TurnOfAsync(label, cancellationToken).ConfigureAwait(false);
            await BringAsync(label, generation, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (StoreUnavailableException)
        {
            Postpone(label, move);
            throw;
        }
        finally
        {
            Moved();
        }
    }

    public async Task HideAsync(StateSession session, string label, CancellationToken cancellationToken)
    {
        if (HooksOf(hooks.Now(), AcmeHookEvent.LiveUpdated) is { Count: > 0 } to)
        {
            await deliveries.OweAsync(session, label, [new OwedNotice(AcmeHookEvent.LiveUpdated, time.GetUtcNow(), to)], cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            Task changed;
            lock (_gate)
            {
                changed = _changed.Next;
                _waiting.Remove(label);
                if (!IsStill)
                {
                    _moving++;
                    break;
                }

                if (_telling == 0) changed = Task.Delay(After, time, cancellationToken);
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            using var turn = await TurnOfAsync(label, cancellationToken).ConfigureAwait(false);
            await BringAsync(label, null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Moved();
        }
    }

    /// <summary>The state is another one's no more: these are to be shown, and whatever waited is of before.</summary>
    public void Begin(StateSession session, IEnumerable<(string Label, string? Generation)> shown)
    {
        lock (_gate)
        {
            _waiting.Clear();
            foreach (var (label, generation) in shown) _waiting[label] = new Move(session, generation, time.GetUtcNow());
        }
    }

    /// <summary>What could not be read when the state was taken over can be: it is to be shown where that is owed to anybody.</summary>
    /// <param name="newest">The label's newest certificate.</param>
    public async Task FoundAsync(StateSession session, CertificateFacts newest, CancellationToken cancellationToken)
    {
        if (deliveries.Session != session || !await deliveries.FoundAsync(newest, cancellationToken).ConfigureAwait(false)) return;

        // Another one may wait already, which is newer.
        lock (_gate) _waiting.TryAdd(newest.Label, new Move(session, newest.Generation, time.GetUtcNow()));
        deliveries.LookAgain();
    }

    /// <summary>Nothing moves until what is returned is given back, and a moment longer. What waited to be moved is moved before; null: it must wait yet, and nobody else is told before it has moved.</summary>
    public async Task<IDisposable?> TryHoldStillAsync(StateSession session, CancellationToken cancellationToken)
    {
        do
        {
            lock (_gate)
            {
                if (_moving == 0 && !AnyDue(session))
                {
                    _telling++;
                    return new Turn(this);
                }
            }
        }
        while (await MoveWaitingAsync(session, cancellationToken).ConfigureAwait(false));

        return null;
    }

    /// <summary>At what could not be read when the state was taken over.</summary>
    public async Task LookAgainAsync(StateSession session, CancellationToken cancellationToken)
    {
        foreach (var newest in await late.ReadAsync(session, cancellationToken).ConfigureAwait(false)) await FoundAsync(session, newest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Moves what had to wait. False: it has to wait yet, or there is nothing.</summary>
    public async Task<bool> MoveWaitingAsync(StateSession session, CancellationToken cancellationToken)
    {
        List<string> labels;
        lock (_gate)
        {
            if (IsStill || !AnyDue(session)) return false;

            labels = [.. _waiting.Where(waiting => IsDue(waiting.Value, session)).Select(waiting => waiting.Key)];
            _moving++;
        }

        try
        {
            foreach (var label in labels) await MoveWaitingAsync(session, label, cancellationToken).ConfigureAwait(false);
            return true;
        }
        finally
        {
            Moved();
        }
    }

    /// <summary>When what waits is to be moved; null: nothing waits, or nobody knows yet.</summary>
    public DateTimeOffset? NextMove(StateSession session)
    {
        lock (_gate)
        {
            // Whoever is told says when that is over.
            if (_telling > 0 || _waiting.Values.Where(move => move.Session == session).Select(move => (DateTimeOffset?)move.NotBefore).Min() is not { } waiting) return null;
            return waiting < _stillUntil ? _stillUntil : waiting;
        }
    }

    private async Task MoveWaitingAsync(StateSession session, string label, CancellationToken cancellationToken)
    {
        // Taken in the label's turn: one that comes meanwhile is newer, and must be the last.
        using var turn = await TurnOfAsync(label, cancellationToken).ConfigureAwait(false);
        Move? move;
        lock (_gate)
        {
            if (!_waiting.TryGetValue(label, out move) || move.Session != session) return;
            _waiting.Remove(label);
        }

        try
        {
            await BringAsync(label, move.Generation, cancellationToken).ConfigureAwait(false);
        }
        catch (StoreUnavailableException unwritable)
        {
            Postpone(label, move);
            logger.GenerationNotTidied(label, move.Generation ?? "", unwritable.Message);
        }
    }

    /// <summary>
    /// Everything that programs outside read is brought to this generation here, in this order: the link; then what is written for them elsewhere; only then are they told. All of it is level-triggered: doing it once more does no harm.
    /// </summary>
    private async Task BringAsync(string label, string? generation, CancellationToken cancellationToken)
    {
        if (view is not null)
        {
            if (generation is null) await view.HideAsync(label, cancellationToken).ConfigureAwait(false);
            else await view.SwitchAsync(label, generation, cancellationToken).ConfigureAwait(false);
        }

        if (copies is not null && generation is not null) await copies.BringAsync(label, cancellationToken).ConfigureAwait(false);

        deliveries.IsTrue(label, AcmeHookEvent.LiveUpdated, generation);
    }

    private ValueTask<IDisposable> TurnOfAsync(string label, CancellationToken cancellationToken) => _labels.EnterAsync(DeliveryRecord.Key(label), cancellationToken);

    private static List<string> HooksOf(IEnumerable<IHook> hooks, AcmeHookEvent happened) => [.. hooks.Where(hook => hook.Events.Contains(happened)).Select(hook => hook.Id)];

    private bool IsStill => _telling > 0 || time.GetUtcNow() is var now && now < _stillUntil && _stillUntil - now <= After;

    private bool AnyDue(StateSession session) => _waiting.Values.Any(move => IsDue(move, session));

    /// <summary>What is of a session before is not this one's: whoever has the state now knows what is to be shown.</summary>
    private bool IsDue(Move move, StateSession session) => move.Session == session && !Waits.Last(move.NotBefore, Again, time.GetUtcNow());

    private void Postpone(string label, Move move)
    {
        // Another one may have come meanwhile, which is newer.
        lock (_gate) _waiting.TryAdd(label, move with { NotBefore = time.GetUtcNow() + Again });
    }

    private void Moved()
    {
        lock (_gate) _moving--;
        _changed.Set();
        deliveries.LookAgain();
    }

    private void Told()
    {
        lock (_gate)
        {
            _telling--;
            _stillUntil = time.GetUtcNow() + After;
        }

        _changed.Set();
        deliveries.LookAgain();
    }

    /// <param name="Generation">Null: nothing is to be shown.</param>
    private sealed record Move(StateSession Session, string? Generation, DateTimeOffset NotBefore);

    private sealed class Turn(PublicLinks links) : IDisposable
    {
        public void Dispose() => links.Told();
    }
}
