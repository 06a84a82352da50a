namespace AcmeKestrel.Tests.LocalCa;

/// <summary>The real clock, on which deadlines are a minute's where they are five seconds': a machine may be busy.</summary>
internal sealed class PatientTime : TimeProvider
{
    private const int Patience = 12;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime * Patience : dueTime, period);
}
