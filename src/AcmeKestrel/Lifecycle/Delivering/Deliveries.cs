using AcmeKestrel.Certificates;
using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What hooks are owed: on disk before it is true, and until they were told. A label's record and what is known of it change as one.</summary>
internal sealed class Deliveries(HookQueues queues, TimeProvider time)
{
    /// <summary>Certificates of a label whose coming or revocation is not told yet: as many as are kept of it, and some.</summary>
    private const int MostOfAnEvent = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, OwedOfLabel> _labels = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unread = new(StringComparer.Ordinal);
    private readonly HashSet<string> _late = new(StringComparer.Ordinal);
    private readonly KeyedGates _writing = new();
    private readonly Signal _changed = new();
    private StateSession? _session;
    private Func<string, CertificateFacts?> _newest = _ => null;

    /// <summary>The session in which what is known here was read.</summary>
    public StateSession? Session
    {
        get
        {
            lock (_gate) return _session;
        }
    }

    /// <summary>Done when something may have to be told.</summary>
    public Task Next => _changed.Next;

    /// <summary>What is owed now, by label.</summary>
    public IReadOnlyList<(string Label, OwedNotice Notice)> All
    {
        get
        {
            lock (_gate) return [.. _labels.SelectMany(known => known.Value.Notices.Select(notice => (known.Key, notice)))];
        }
    }

    /// <summary>Labels whose record could not be read when the state was taken over, where it cannot be yet or waits for its certificate.</summary>
    public IReadOnlyList<string> Late
    {
        get
        {
            lock (_gate) return [.. _late.Where(label => _unread.Contains(label) || Of(label).Notices.Any(notice => notice.IsHeld))];
        }
    }

    /// <summary>Who is owed something, or fails.</summary>
    public IReadOnlyCollection<string> Hooks => queues.Hooks;

    /// <summary>When something is due for the hook; null: nothing by itself.</summary>
    public DateTimeOffset? DueAt(string hook) => queues.DueAt(hook);

    /// <summary>What the hook is to be told now; null: nothing.</summary>
    public DueDelivery? NextOf(IHook hook) => queues.Next(hook);

    /// <summary>The same of what has changed.</summary>
    public DueDelivery? NextChangeOf(IHook hook) => queues.NextChange(hook);

    /// <summary>The same of what happened to single certificates.</summary>
    public DueDelivery? NextOtherOf(IHook hook) => queues.NextOther(hook);

    /// <summary>Of whom the hook is owed something, once for each notice.</summary>
    public IReadOnlyList<string> LabelsOf(string hook) => queues.LabelsOf(hook);

    public OwedOfLabel Of(string label)
    {
        lock (_gate) return _labels.GetValueOrDefault(label, OwedOfLabel.Nothing);
    }

    /// <summary>What the state says from now on; what is not there any more is owed no more.</summary>
    /// <param name="unread">Labels whose record cannot be read now: it is looked at again before another one takes its place.</param>
    /// <param name="newest">The certificate of a label that has one.</param>
    public void Begin(
        StateSession session, IReadOnlyDictionary<string, OwedOfLabel> owed, IReadOnlySet<string> unread, IReadOnlyDictionary<string, HookTrouble> troubles, Func<string, CertificateFacts?> newest)
    {
        lock (_gate)
        {
            (_session, _newest) = (session, newest);
            _labels.Clear();
            foreach (var (label, of) in owed) _labels[label] = of;
            _unread.Clear();
            _unread.UnionWith(unread);
            _late.Clear();
            _late.UnionWith(unread);
            queues.Begin(owed, troubles);
        }

        _changed.Set();
    }

    /// <summary>On disk when it returns.</summary>
    public Task OweAsync(StateSession session, string label, IReadOnlyList<OwedNotice> notices, CancellationToken cancellationToken) =>
        ChangeAsync(session, label, owed => notices.Aggregate(owed, With), cancellationToken);

    /// <summary>The same for a change of what is shown, but where one is to be expected already: that takes its place. Null: it does.</summary>
    public async Task<OwedChange?> TryOweChangeAsync(StateSession session, string label, OwedNotice change, CancellationToken cancellationToken)
    {
        var owedChange = default(OwedChange);
        await ChangeAsync(
            session,
            label,
            owed =>
            {
                if (owed.Notices.Any(notice => notice.Event == change.Event && notice.TrueSince is null)) return owed;

                owedChange = new OwedChange(change, [.. owed.Notices.Where(change.Outdates).Select(notice => notice with { To = [.. notice.To.Intersect(change.To)] }).Where(notice => notice.To.Count > 0)]);
                return With(owed, change);
            },
            cancellationToken).ConfigureAwait(false);
        return owedChange;
    }

    /// <summary>It came to nothing: what was owed before is owed again. One that has become true, or that another has taken the place of, stays as it is.</summary>
    public Task TakeBackAsync(StateSession session, string label, OwedChange change, CancellationToken cancellationToken) => ChangeAsync(
        session,
        label,
        owed => owed.Notices.FirstOrDefault(change.Notice.IsSameAs) is { TrueSince: null } vain ? owed with { Notices = [.. change.InPlaceOf, .. owed.Notices.Where(notice => notice != vain)] } : owed,
        cancellationToken);

    /// <summary>The hook was told, or is not there any more.</summary>
    public Task SettleAsync(StateSession session, string label, OwedNotice told, string hook, CancellationToken cancellationToken) =>
        ChangeAsync(session, label, owed => Without(owed, notice => notice.IsSameAs(told), [hook]), cancellationToken);

    /// <summary>The hook is not there any more.</summary>
    public Task LetGoAsync(StateSession session, string label, string hook, CancellationToken cancellationToken) =>
        ChangeAsync(session, label, owed => Without(owed, _ => true, [hook]), cancellationToken);

    /// <summary>The end of this generation is told of, and not once more.</summary>
    public Task OweEndAsync(StateSession session, string label, OwedNotice notice, CancellationToken cancellationToken) =>
        ChangeAsync(session, label, owed => owed.ToldOfEnd == notice.Generation ? owed : With(owed, notice) with { ToldOfEnd = notice.Generation }, cancellationToken);

    /// <summary>What was to be expected is true.</summary>
    public void IsTrue(string label, AcmeHookEvent happened, string? generation)
    {
        lock (_gate)
        {
            if (!_labels.TryGetValue(label, out var owed)) return;
            Put(label, owed with { Notices = [.. owed.Notices.Select(notice => notice.Event == happened && IsOf(notice, generation) && notice.TrueSince is null ? notice with { TrueSince = time.GetUtcNow() } : notice)] });
        }

        _changed.Set();
    }

    /// <summary>What could not be read when the state was taken over can be. True: it is to be shown, and told of then.</summary>
    /// <param name="newest">The label's newest certificate.</param>
    public async Task<bool> FoundAsync(CertificateFacts newest, CancellationToken cancellationToken)
    {
        using var turn = await _writing.EnterAsync(DeliveryRecord.Key(newest.Label), cancellationToken).ConfigureAwait(false);
        if (!Of(newest.Label).Notices.Any(notice => notice.IsHeld)) return false;

        IsTrue(newest.Label, AcmeHookEvent.Issued, newest.Generation);
        lock (_gate)
        {
            var owed = Of(newest.Label);
            var found = owed.Notices.Where(notice => notice is { IsHeld: true, Event: AcmeHookEvent.LiveUpdated } && string.CompareOrdinal(notice.Generation, newest.Generation) <= 0).ToList();
            if (found.Count == 0) return false;

            Put(newest.Label, owed with { Notices = [.. owed.Notices.Select(notice => found.Contains(notice) ? notice.Of(newest) with { IsHeld = false } : notice)] });
            return true;
        }
    }

    /// <summary>Looks again at one of <see cref="Late"/>.</summary>
    /// <returns>The label's newest certificate, by which what waits for it can be told; null: there is none, or the record cannot be read yet.</returns>
    public async Task<CertificateFacts?> ReadLateAsync(StateSession session, string label, CancellationToken cancellationToken)
    {
        using var turn = await _writing.EnterAsync(DeliveryRecord.Key(label), cancellationToken).ConfigureAwait(false);
        await ReadAgainAsync(session, label, cancellationToken).ConfigureAwait(false);
        lock (_gate) return _session == session && !_unread.Contains(label) ? _newest(label) : null;
    }

    /// <summary>Something else has changed by which more can be told.</summary>
    public void LookAgain() => _changed.Set();

    /// <summary>Whoever hears of a certificate has heard, too, that the ones before it came.</summary>
    private static bool IsOf(OwedNotice notice, string? generation) =>
        notice.Generation == generation || (notice is { IsHeld: true, Event: AcmeHookEvent.Issued } && string.CompareOrdinal(notice.Generation, generation) < 0);

    private async Task ChangeAsync(StateSession session, string label, Func<OwedOfLabel, OwedOfLabel> change, CancellationToken cancellationToken)
    {
        var key = DeliveryRecord.Key(label);
        using var turn = await _writing.EnterAsync(key, cancellationToken).ConfigureAwait(false);
        await ReadAgainAsync(session, label, cancellationToken).ConfigureAwait(false);
        var owed = Of(label);
        var next = change(owed);
        if (ReferenceEquals(next, owed)) return;

        if (next.IsEmpty) await session.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
        else await session.WriteAsync(key, DeliveryRecord.Write(next), cancellationToken).ConfigureAwait(false);

        lock (_gate)
        {
            // Of another session by now: it has read what is on disk.
            if (_session != session) return;

            // What is on disk is this process' own now.
            _unread.Remove(label);

            // What became true meanwhile stays so.
            var truths = _labels.GetValueOrDefault(label, OwedOfLabel.Nothing).Notices;
            next = next with { Notices = [.. next.Notices.Select(notice => truths.FirstOrDefault(notice.IsSameAs) is { TrueSince: { } since } ? notice with { TrueSince = since } : notice)] };
            Put(label, next);
        }

        _changed.Set();
    }

    /// <summary>By label and by hook as one.</summary>
    private void Put(string label, OwedOfLabel next)
    {
        queues.Change(label, Of(label).Notices, next.Notices);
        if (next.IsEmpty) _labels.Remove(label);
        else _labels[label] = next;
    }

    /// <summary>What could not be read when the state was taken over, in the label's turn. Where it cannot be read yet, what comes takes its place all the same: a certificate must not wait for it.</summary>
    private async Task ReadAgainAsync(StateSession session, string label, CancellationToken cancellationToken)
    {
        Func<string, CertificateFacts?> newest;
        lock (_gate)
        {
            if (_session != session || !_unread.Contains(label)) return;
            newest = _newest;
        }

        try
        {
            var record = await session.ReadAsync(DeliveryRecord.Key(label), cancellationToken).ConfigureAwait(false);
            var owed = record is null
                ? OwedOfLabel.Nothing
                : await OwedLook.OfAsync(session, label, DeliveryRecord.ReadOwed(record), newest(label)?.Generation, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);

            // Nobody has it shown: it waits until it is looked at once more, or for what comes now.
            owed = owed with { Notices = [.. owed.Notices.Select(notice => notice.Event is AcmeHookEvent.LiveUpdated ? notice with { IsHeld = true } : notice)] };
            lock (_gate)
            {
                if (_session == session && _unread.Remove(label)) Put(label, owed);
            }

            _changed.Set();
        }
        catch (Exception unusable) when (unusable is StoreUnavailableException or DamagedRecordException)
        {
            // As above.
        }
    }

    private static OwedOfLabel With(OwedOfLabel owed, OwedNotice notice)
    {
        var kept = Without(owed, notice.Outdates, notice.To).Notices;
        var others = kept.Where(other => other.Event != notice.Event);
        return owed with { Notices = [.. others, .. kept.Where(other => other.Event == notice.Event).TakeLast(MostOfAnEvent - 1), notice] };
    }

    private static OwedOfLabel Without(OwedOfLabel owed, Func<OwedNotice, bool> which, IReadOnlyCollection<string> hooks)
    {
        if (!owed.Notices.Any(notice => which(notice) && notice.To.Any(hooks.Contains))) return owed;

        return owed with
        {
            Notices = [.. owed.Notices.Select(notice => which(notice) ? notice with { To = [.. notice.To.Except(hooks)] } : notice).Where(notice => notice.To.Count > 0)],
        };
    }
}
