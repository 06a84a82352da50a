using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle;

/// <summary>Somebody wants something of a label, and to know when there is an outcome.</summary>
internal sealed class LabelRequest
{
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>An attempt now, whatever the ladder says.</summary>
    public bool IsForced { get; init; }

    /// <summary>Another certificate, though the present one satisfies.</summary>
    public bool Renews { get; init; }

    /// <summary>Another schedule, written by whoever is at work on the label.</summary>
    public Func<Schedule, Schedule>? Reschedule { get; init; }

    /// <summary>The label is served, failed or held.</summary>
    public Task Answered => _answered.Task;

    public void Answer() => _answered.TrySetResult();
}
