using System.Diagnostics.Metrics;

namespace AcmeKestrel.Tests.Telemetry;

/// <summary>Listens to the meter of one application: other tests run at the same time.</summary>
internal sealed class HeardMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<Heard> _heard = [];

    public HeardMetrics(IMeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "AcmeKestrel" && ReferenceEquals(instrument.Meter.Scope, factory)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    public IReadOnlyList<Heard> All
    {
        get
        {
            lock (_heard) return [.. _heard];
        }
    }

    /// <summary>What was counted, summed by its tags, as <c>name=value,name=value</c> in the order of the tags.</summary>
    public IReadOnlyDictionary<string, double> Sums(string instrument) => All.Where(heard => heard.Instrument == instrument).GroupBy(heard => heard.Tags).ToDictionary(group => group.Key, group => group.Sum(heard => heard.Value));

    /// <summary>What a gauge says now.</summary>
    public IReadOnlyDictionary<string, double> Ask(string instrument)
    {
        var before = All.Count;
        _listener.RecordObservableInstruments();
        return All.Skip(before).Where(heard => heard.Instrument == instrument).ToDictionary(heard => heard.Tags, heard => heard.Value);
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
        lock (_heard) _heard.Add(new Heard(instrument.Name, instrument.Unit, value, text));
    }

    internal sealed record Heard(string Instrument, string? Unit, double Value, string Tags);
}
