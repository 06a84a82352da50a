using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>Virtual time whose time of day can be set while its timestamps and timers stay as they are. (FakeTimeProvider.AdjustTime moves its timestamps along.)</summary>
internal sealed class SettableTime : FakeTimeProvider
{
    private long _ahead;

    public SettableTime()
    {
    }

    public SettableTime(DateTimeOffset start)
        : base(start)
    {
    }

    public void Set(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public override long GetTimestamp() => base.GetUtcNow().Ticks;
}
