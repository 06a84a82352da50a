namespace AcmeKestrel.Storage.Engine;

/// <summary>Wakes all who wait for the next time that something happens. Take <see cref="Next"/> before looking whether it has.</summary>
internal sealed class Signal
{
    private TaskCompletionSource _next = New();

    public Task Next => Volatile.Read(ref _next).Task;

    public void Set() => Interlocked.Exchange(ref _next, New()).SetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
