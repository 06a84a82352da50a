namespace AcmeKestrel.InteropTests.Edge;

/// <summary>This machine's clock, whose time of day can be set; its timestamps and timers go on as ever.</summary>
internal sealed class SettableClock : TimeProvider
{
    private long _ahead;

    public void Set(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));
}
