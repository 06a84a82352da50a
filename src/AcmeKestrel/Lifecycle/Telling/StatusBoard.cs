using System.Runtime.CompilerServices;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle.Telling;

/// <summary>What can be told of every label, for whoever asks; a snapshot is never half written.</summary>
internal sealed class StatusBoard : ILabelObserver
{
    /// <summary>Statuses that are written for somebody who watches before others may have the board.</summary>
    private const int WatchedAtOnce = 256;

    private readonly ICertificatePublisher _publisher;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Shown> _labels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<AcmeExportStatus>> _exports = new(StringComparer.Ordinal);
    private IReadOnlyList<DesiredProblem> _problems = [];

    /// <summary>The same by where they stand: several things may be wrong with one entry.</summary>
    private ILookup<string, DesiredProblem> _problemsAt = Enumerable.Empty<DesiredProblem>().ToLookup(problem => problem.Origin);
    private readonly List<ChangedLabels> _watches = [];
    private int _unsettled;
    private long _changes = 1;
    private long _known;
    private TaskCompletionSource _changed = NewSignal();

    public StatusBoard(ICertificatePublisher publisher)
    {
        _publisher = publisher;
        publisher.ReachChanged += TellAll;
    }

    public IReadOnlyList<AcmeCertificateStatus> List()
    {
        lock (_gate) return Snapshot();
    }

    /// <summary>Of a label, or of an entry that could not become a wish, by where it stands; null: it is neither.</summary>
    /// <param name="label">Or where the entry stands.</param>
    /// <param name="schedule">The label's, where it was not known yet when the label was shown.</param>
    public AcmeCertificateStatus? Find(string label, Schedule? schedule = null)
    {
        lock (_gate)
        {
            if (_labels.TryGetValue(label, out var known)) return StatusOf(label, schedule is null ? known : known with { Label = known.Label with { Schedule = schedule } });
            return _problemsAt[label].Select(StatusOf).FirstOrDefault();
        }
    }

    /// <summary>How many entries could not become wishes.</summary>
    public int Problems
    {
        get
        {
            lock (_gate) return _problems.Count;
        }
    }

    /// <summary>A label is settled when it will not change before its next attempt.</summary>
    public void On(LabelEvent happened)
    {
        if (happened is LabelEvent.Exported exported) SetExports(exported);
        if (happened is not LabelEvent.Decided { Label: var label, Decision: var decision }) return;

        // What was decided for a wish that was read before is shown, and is no outcome of the one that counts now.
        Change(() =>
        {
            if (label.Wish is not { } wish) Set(label.Label, null);
            else Set(label.Label, new Shown(label, WishOf(label.Label), decision, IsSettled: decision.IsSettled && ReferenceEquals(wish, WishOf(label.Label))));
        });
    }

    /// <summary>Something that is wished may have changed: nobody knows what counts before the wishes are read once more.</summary>
    public void WishesChange() => Change(() => _changes++);

    /// <summary>How often the wishes have changed; asked before they are read.</summary>
    public long Changes
    {
        get
        {
            lock (_gate) return _changes;
        }
    }

    /// <summary>The wishes were read: these labels are wished otherwise and are looked at again, unless they are only said elsewhere, and these entries could not become wishes.</summary>
    /// <param name="fresh">What is shown of a label that had no status yet, and whether what is stored of it satisfies.</param>
    /// <param name="changes">As they were before the wishes were read.</param>
    public void ChangeWishes(IReadOnlyCollection<WishChange> wishes, Func<Wish, (LabelView Label, bool IsQuiet)> fresh, IReadOnlyList<DesiredProblem> problems, long changes) => Change(() =>
    {
        foreach (var change in wishes)
        {
            var (label, _, wish) = change;

            // What is shown of a label that is wished no more goes with its next look.
            if (_labels.TryGetValue(label, out var known)) Set(label, known with { IsSettled = known.IsSettled && change.IsOnlySaidElsewhere, Wish = wish });
            else if (wish is not null) Set(label, Shown.Undecided(fresh(wish), wish));
        }

        SpareRoom.Trim(_labels);
        if (!problems.SequenceEqual(_problems)) SetProblems(problems);
        _known = changes;
    });

    /// <summary>These labels are looked at again: what was known of them is no outcome any more.</summary>
    public void LookAgain(IEnumerable<string> labels) => Change(() =>
    {
        foreach (var label in labels)
        {
            if (_labels.TryGetValue(label, out var known)) Replace(label, known with { IsSettled = false });
        }
    });

    /// <summary>Each label as it is, then each one that changes; of several changes that come faster than they are taken, the last.</summary>
    public async IAsyncEnumerable<AcmeStatusChange> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var changed = new ChangedLabels();
        lock (_gate)
        {
            changed.Add(_labels.Keys.Concat(_problems.Select(problem => problem.Origin)));
            _watches.Add(changed);
        }

        try
        {
            while (true)
            {
                List<AcmeStatusChange> changes;
                Task more;
                lock (_gate) (changes, more) = (Take(changed), _changed.Task);
                foreach (var change in changes) yield return change;
                if (changes.Count == 0) await more.WaitAsync(cancellationToken).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            lock (_gate) _watches.Remove(changed);
        }
    }

    public async Task<IReadOnlyList<AcmeCertificateStatus>> WaitUntilSettledAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_known == _changes && _unsettled == 0) return Snapshot();
                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void Change(Action change)
    {
        TaskCompletionSource signal;
        lock (_gate)
        {
            change();
            (signal, _changed) = (_changed, NewSignal());
        }

        signal.TrySetResult();
    }

    /// <summary>What visitors are not shown is served nobody: that is said of each label, and told to whoever watches.</summary>
    private void TellAll() => Change(() => Tell(_labels.Keys));

    /// <summary>Kept apart: a look at the files may come before the wishes are read. After a start mostly all of them are found as they should be, which is no change to whoever watches.</summary>
    private void SetExports(LabelEvent.Exported exported)
    {
        var (label, exports) = (exported.Label.Label, LabelStatus.Of(exported));
        var isNews = exported.Again is not null || exported.Before.Any(file => file.Problem is not null) || !exported.Before.Select(file => file.Path).SequenceEqual(exports.Select(file => file.Path));
        if (!isNews) return;

        Change(() =>
        {
            if (exports.Count == 0) _exports.Remove(label);
            else _exports[label] = exports;
            if (_labels.ContainsKey(label)) Tell([label]);
        });
    }

    private AcmeCertificateStatus StatusOf(string label, Shown known) => known.Status(_publisher.Unreachable).With(_exports.GetValueOrDefault(label, []));

    private Wish? WishOf(string label) => _labels.GetValueOrDefault(label)?.Wish;

    private void SetProblems(IReadOnlyList<DesiredProblem> problems)
    {
        Tell(_problems.Concat(problems).Select(problem => problem.Origin));
        (_problems, _problemsAt) = (problems, problems.ToLookup(problem => problem.Origin, StringComparer.Ordinal));
    }

    private static AcmeCertificateStatus StatusOf(DesiredProblem problem) => new(problem.Origin, [], "", AcmeCertificateState.Held) { Origin = problem.Origin, Reason = problem.Message };

    private void Set(string label, Shown? shown)
    {
        Replace(label, shown);
        Tell([label]);
    }

    /// <summary>Whoever watches sees nothing of it.</summary>
    private void Replace(string label, Shown? shown)
    {
        if (_labels.Remove(label, out var before) && !before.IsSettled) _unsettled--;
        if (shown is null) return;

        _labels[label] = shown;
        if (!shown.IsSettled) _unsettled++;
    }

    private void Tell(IEnumerable<string> labels)
    {
        foreach (var watch in _watches) watch.Add(labels);
    }

    private List<AcmeStatusChange> Take(ChangedLabels changed)
    {
        var labels = changed.Take(WatchedAtOnce);
        var changes = new List<AcmeStatusChange>(labels.Count);
        foreach (var label in labels)
        {
            var before = changes.Count;
            if (_labels.TryGetValue(label, out var known)) changes.Add(new AcmeStatusChange(label, StatusOf(label, known)));
            changes.AddRange(_problemsAt[label].Select(problem => new AcmeStatusChange(label, StatusOf(problem))));
            if (changes.Count == before) changes.Add(new AcmeStatusChange(label, null));
        }

        return changes;
    }

    private List<AcmeCertificateStatus> Snapshot() =>
        [.. _labels.Select(known => StatusOf(known.Key, known.Value)).Concat(_problems.Select(StatusOf)).OrderBy(status => status.Label, StringComparer.Ordinal)];

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is known of a label; its status is written when somebody wants to read it.</summary>
    /// <param name="Wish">What counts now; <paramref name="Label"/> may be of before.</param>
    private sealed record Shown(LabelView Label, Wish? Wish, Decision? Decision, bool IsSettled)
    {
        private bool IsQuiet { get; init; }

        public static Shown Undecided((LabelView Label, bool IsQuiet) fresh, Wish wish) => new(fresh.Label, wish, null, IsSettled: false) { IsQuiet = fresh.IsQuiet };

        public AcmeCertificateStatus Status(string? unreachable) =>
            Decision is null ? LabelStatus.BeforeDecision(Label, IsQuiet, unreachable) : LabelStatus.Of(Label, Decision, unreachable);
    }
}
