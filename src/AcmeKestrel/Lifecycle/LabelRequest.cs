namespace AcmeKestrel.Lifecycle;

/// <summary>Somebody wants an attempt for a label now, whatever the ladder says, and to know when there is an outcome.</summary>
internal sealed class LabelRequest
{
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The label is served, failed or held.</summary>
    public Task Answered => _answered.Task;

    public void Answer() => _answered.TrySetResult();
}
