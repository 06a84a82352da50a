using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AcmeKestrel.Diagnostics;

/// <summary>How long hooks took, and what came of it.</summary>
internal sealed class HookMetrics(AcmeMeter meter)
{
    private readonly Histogram<double> _duration = meter.Meter.CreateHistogram(
        "acme.hook.duration",
        "s",
        "Calls of hooks.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120] });

    public void Ended(string hook, string happened, string outcome, TimeSpan duration) =>
        _duration.Record(duration.TotalSeconds, new TagList { { TelemetryNames.Hook, hook }, { TelemetryNames.HookEvent, happened }, { TelemetryNames.Outcome, outcome } });
}
