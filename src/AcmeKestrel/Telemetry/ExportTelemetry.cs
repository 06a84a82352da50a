using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Exports;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Telemetry;

/// <summary>Counts files that certificates were brought to, and those that are not as they should be.</summary>
internal sealed class ExportTelemetry : ILabelObserver
{
    private readonly ConcurrentDictionary<string, int> _failing = new(StringComparer.Ordinal);
    private readonly Counter<long> _files;

    public ExportTelemetry(AcmeMeter meter)
    {
        _files = meter.Meter.CreateCounter<long>("acme.export.files", "{file}", "Files of Acme:Exports that were written, or could not be.");
        meter.Meter.CreateObservableGauge("acme.export.failing", () => _failing.Values.Sum(), "{file}", "Files of Acme:Exports that are not as they should be.");
    }

    public void On(LabelEvent happened)
    {
        if (happened is not LabelEvent.Exported { Label.Label: var label, Files: var files }) return;

        Add("written", ExportState.Written);
        var failed = Add("failed", ExportState.Failed);
        if (failed == 0) _failing.TryRemove(label, out _);
        else _failing[label] = failed;

        int Add(string outcome, ExportState state)
        {
            var count = files.Count(file => file.State == state);
            if (count > 0) _files.Add(count, new KeyValuePair<string, object?>(TelemetryNames.Outcome, outcome));
            return count;
        }
    }
}
