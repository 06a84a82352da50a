using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A clock that stands still and tells who begins to wait for it. The timeouts of requests, a minute, are no waits.</summary>
internal sealed class WaitedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

    /// <summary>Completes when somebody has begun to wait.</summary>
    public Task WaitBegunAsync(CancellationToken cancellationToken) => _waits.Reader.WaitToReadAsync(cancellationToken).AsTask();

    /// <summary>Lets the waits pass that have begun.</summary>
    public void PassWaits()
    {
        while (_waits.Reader.TryRead(out var wait)) Advance(wait);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero && dueTime < Timeout) _waits.Writer.TryWrite(dueTime);
        return timer;
    }
}
