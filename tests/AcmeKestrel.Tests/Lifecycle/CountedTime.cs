using System.Diagnostics;
using AcmeKestrel.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Virtual time that knows its timers.</summary>
internal sealed class CountedTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Lock _gate = new();
    private readonly HashSet<Counted> _timers = [];

    /// <summary>Not disposed of.</summary>
    public int Timers
    {
        get
        {
            lock (_gate) return _timers.Count;
        }
    }

    /// <summary>The types that wait for one to fire, in the order of their names; one that waits for two is named twice.</summary>
    public string Waiting
    {
        get
        {
            lock (_gate) return string.Join(' ', _timers.Where(timer => timer.IsSet).Select(timer => timer.Owner).Order(StringComparer.Ordinal));
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Counted(this);
        lock (_gate) _timers.Add(timer);
        timer.Begin(base.CreateTimer(timer.Wrap(callback, period), state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan), dueTime, period);
        return timer;
    }

    private sealed class Counted(CountedTime time) : ITimer
    {
        private ITimer? _timer;

        /// <summary>The type of the library that asked for it.</summary>
        public string Owner { get; } = new StackTrace().GetFrames().Select(frame => frame.GetMethod()?.DeclaringType).OfType<Type>().Where(type => type.Assembly == typeof(Worker).Assembly).Select(Outermost).FirstOrDefault() ?? "-";

        public bool IsSet { get; private set; }

        public TimerCallback Wrap(TimerCallback callback, TimeSpan period) => state =>
        {
            lock (time._gate) IsSet = period != Timeout.InfiniteTimeSpan;
            callback(state);
        };

        public void Begin(ITimer timer, TimeSpan dueTime, TimeSpan period)
        {
            _timer = timer;
            Change(dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            // Whoever sees it set may let time pass.
            lock (time._gate)
            {
                IsSet = dueTime != Timeout.InfiniteTimeSpan;
                return _timer!.Change(dueTime, period);
            }
        }

        public void Dispose()
        {
            lock (time._gate) time._timers.Remove(this);
            _timer!.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private static string Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type.Name;
    }
}
