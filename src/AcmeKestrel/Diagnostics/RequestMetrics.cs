using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AcmeKestrel.Diagnostics;

/// <summary>How long requests to CAs took, and how they ended. All labels are words of ours but the status code: a CA cannot make them many.</summary>
internal sealed class RequestMetrics(AcmeMeter meter)
{
    private readonly Histogram<double> _duration = meter.Meter.CreateHistogram(
        "acme.client.request.duration",
        "s",
        "Requests to a CA, resends for badNonce each for itself.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] });

    /// <param name="status">Null: there was no answer.</param>
    /// <param name="error">Null: it succeeded.</param>
    public void Ended(string ca, string operation, string method, int? status, string? error, TimeSpan duration)
    {
        if (!_duration.Enabled) return;

        var tags = new TagList { { TelemetryNames.Ca, ca }, { TelemetryNames.Operation, operation }, { TelemetryNames.Method, method } };
        if (status is { } code) tags.Add(TelemetryNames.StatusCode, code);
        if (error is not null) tags.Add(TelemetryNames.ErrorType, error);
        _duration.Record(duration.TotalSeconds, tags);
    }
}
