using System.Diagnostics;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>Time of engines, whose clocks nobody turns: where it has to pass it passes.</summary>
internal static class RealTime
{
    /// <summary>So long at least by the clock that leases count by: timers have a coarser one, and may go off some milliseconds early.</summary>
    public static async ValueTask PassAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        var begun = Stopwatch.GetTimestamp();
        while (time - Stopwatch.GetElapsedTime(begun) is { Ticks: > 0 } rest) await Task.Delay(rest + TimeSpan.FromMilliseconds(1), cancellationToken);
    }
}
