using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Lifecycle;

/// <summary>Somebody wants something of a label, and to know when there is an outcome.</summary>
internal sealed class LabelRequest
{
    private readonly TaskCompletionSource<LabelOutcome?> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>An attempt now, whatever the ladder says.</summary>
    public bool IsForced { get; init; }

    /// <summary>Another certificate, though the present one satisfies.</summary>
    public bool Renews { get; init; }

    /// <summary>Another schedule, written by whoever is at work on the label.</summary>
    public Func<Schedule, Schedule>? Reschedule { get; init; }

    /// <summary>That it is kept is all that is waited for: an order in flight may take hours.</summary>
    public bool EndsWhenKept { get; init; }

    /// <summary>The schedule is on disk as it was wanted, or as somebody wanted it who came later. Set by whoever is at work on the label, before it is answered.</summary>
    public bool IsKept { get; set; }

    /// <summary>The certificate is to be revoked and replaced, or was found revoked.</summary>
    public RevocationRequest? Revokes { get; init; }

    /// <summary>The previous certificate is to be served again.</summary>
    public RollBackRequest? RollsBack { get; init; }

    /// <summary>A certificate that another program obtained is to be the label's.</summary>
    public ImportRequest? Imports { get; init; }

    /// <summary>The label is served, failed or held, as was decided for this request: the next look may decide otherwise. Null: it is known no more.</summary>
    public Task<LabelOutcome?> Answered => _answered.Task;

    public void Answer(LabelOutcome? outcome) => _answered.TrySetResult(outcome);
}

/// <summary>What was decided last, and of what.</summary>
internal sealed record LabelOutcome(LabelView Label, Decision Decision);
