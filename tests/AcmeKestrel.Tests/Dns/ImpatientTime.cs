namespace AcmeKestrel.Tests.Dns;

/// <summary>Whoever waits is woken at once; deadlines of half a minute are none.</summary>
internal sealed class ImpatientTime : TimeProvider
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.Zero && dueTime < Deadline ? TimeSpan.Zero : dueTime, period);
}
