using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Desired;

namespace AcmeKestrel.Lifecycle;

/// <summary>What can be told of every label, for whoever asks; a snapshot is never half written.</summary>
internal sealed class StatusBoard(ICertificatePublisher publisher) : ILabelObserver
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (AcmeCertificateStatus Status, bool Settled)> _labels = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, Wish> _wishes = new Dictionary<string, Wish>();
    private IReadOnlyList<AcmeCertificateStatus> _problems = [];
    private long _changes = 1;
    private long _known;
    private TaskCompletionSource _changed = NewSignal();

    public IReadOnlyList<AcmeCertificateStatus> List()
    {
        lock (_gate) return Snapshot();
    }

    /// <summary>A label is settled when it will not change before its next attempt.</summary>
    public void On(LabelEvent happened)
    {
        if (happened is not LabelEvent.Decided { Label: var label, Decision: var decision }) return;

        Change(() =>
        {
            // What was decided for a wish that was read before is shown, and is no outcome of the one that counts now.
            if (label.Wish is not { } wish) _labels.Remove(label.Label);
            else _labels[label.Label] = (LabelStatus.Of(label, decision, publisher.Unreachable), decision.IsSettled && ReferenceEquals(wish, _wishes.GetValueOrDefault(label.Label)));
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

    /// <summary>The wishes were read: these labels are wished, each is looked at again, and these entries could not become wishes.</summary>
    /// <param name="changes">As they were before the wishes were read.</param>
    /// <param name="fresh">What is shown of a label that had no status yet.</param>
    public void SetWishes(IReadOnlyDictionary<string, Wish> wishes, Func<Wish, AcmeCertificateStatus> fresh, IEnumerable<DesiredProblem> problems, long changes) => Change(() =>
    {
        _wishes = wishes;
        foreach (var (label, wish) in wishes) _labels[label] = (_labels.TryGetValue(label, out var known) ? known.Status : fresh(wish), false);
        _problems = [.. problems.Select(problem => new AcmeCertificateStatus(problem.Origin, [], "", AcmeCertificateState.Held) { Origin = problem.Origin, Reason = problem.Message })];
        _known = changes;
    });

    public async Task<IReadOnlyList<AcmeCertificateStatus>> WaitUntilSettledAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_known == _changes && _labels.Values.All(known => known.Settled)) return Snapshot();
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

    private List<AcmeCertificateStatus> Snapshot() => [.. _labels.Values.Select(known => known.Status).Concat(_problems).OrderBy(status => status.Label, StringComparer.Ordinal)];

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
