using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A clock that stands still and tells who begins to wait for it. The timeouts of requests, a minute, are no waits; the pauses within one, a second at most, are over at once.</summary>
internal sealed class WaitedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

    /// <summary>Waits for work that waits for the clock: each of its waits is over as soon as it begins.</summary>
    public async Task<T> PassUntilAsync<T>(Task<T> work, CancellationToken cancellationToken)
    {
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, _waits.Reader.WaitToReadAsync(cancellationToken).AsTask());
            cancellationToken.ThrowIfCancellationRequested();
            while (!work.IsCompleted && _waits.Reader.TryRead(out var wait)) Advance(wait);
        }

        return await work;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, base.CreateTimer(callback, state, dueTime, period));
        if (dueTime > TimeSpan.Zero && dueTime <= Pause) _ = Task.Run(() => Advance(dueTime));
        else Note(dueTime);
        return timer;
    }

    private void Note(TimeSpan dueTime)
    {
        if (dueTime > TimeSpan.Zero && dueTime < Timeout) _waits.Writer.TryWrite(dueTime);
    }

    /// <summary>A timer that is set anew begins a wait, too.</summary>
    private sealed class Timer(WaitedTime time, ITimer inner) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = inner.Change(dueTime, period);
            time.Note(dueTime);
            return changed;
        }

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
