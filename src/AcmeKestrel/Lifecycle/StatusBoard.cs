using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;

namespace AcmeKestrel.Lifecycle;

/// <summary>What can be told of every label, for whoever asks; a snapshot is never half written.</summary>
internal sealed class StatusBoard(ICertificatePublisher publisher) : ILabelObserver
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (AcmeCertificateStatus Status, bool Settled)> _labels = new(StringComparer.Ordinal);
    private IReadOnlyList<AcmeCertificateStatus> _problems = [];
    private bool _wishesKnown;
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
            if (label.Wish is null) _labels.Remove(label.Label);
            else _labels[label.Label] = (LabelStatus.Of(label, decision, publisher.Unreachable), decision.IsSettled);
        });
    }

    /// <summary>The wishes were read: these labels are wished, and these entries could not become wishes.</summary>
    public void SetWishes(IReadOnlyCollection<AcmeCertificateStatus> fresh, IEnumerable<DesiredProblem> problems) => Change(() =>
    {
        foreach (var status in fresh) _labels.TryAdd(status.Label, (status, false));
        _problems = [.. problems.Select(problem => new AcmeCertificateStatus(problem.Origin, [], "", AcmeCertificateState.Held) { Origin = problem.Origin, Reason = problem.Message })];
        _wishesKnown = true;
    });

    public async Task<IReadOnlyList<AcmeCertificateStatus>> WaitUntilSettledAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_wishesKnown && _labels.Values.All(known => known.Settled)) return Snapshot();
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
