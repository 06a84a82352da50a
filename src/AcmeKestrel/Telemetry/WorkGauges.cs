using System.Diagnostics.Metrics;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Telemetry;

/// <summary>What the worker has before it, what the CAs' limits leave it, and whether this process may write at all.</summary>
internal sealed class WorkGauges
{
    private readonly Labels _labels;
    private readonly Ledgers _ledgers;
    private readonly StateLease _lease;
    private readonly IAcmeSettings _settings;
    private readonly TimeProvider _time;

    public WorkGauges(AcmeMeter meter, DueQueue queue, Labels labels, Ledgers ledgers, StateLease lease, IAcmeSettings settings, TimeProvider time)
    {
        (_labels, _ledgers, _lease, _settings, _time) = (labels, ledgers, lease, settings, time);
        meter.Meter.CreateObservableGauge("acme.queue.depth", () => DepthOf(queue), "{certificate}", "Certificates by whether they wait for their time, wait for a slot, or are at work.");
        meter.Meter.CreateObservableGauge("acme.order.active", Active, "{order}", "Orders that this process goes on with.");
        meter.Meter.CreateObservableGauge("acme.ledger.room", Rooms, "{token}", "What is left of a CA's limit, in the bucket that is fullest.");
        meter.Meter.CreateObservableGauge("acme.ledger.limit", Limits, "{token}", "The CA's limit.");
        meter.Meter.CreateObservableGauge("acme.lease.held", () => lease.Session is null ? 0 : 1, unit: null, "1: this process has the state and orders; 0: it serves what another one orders, or the state cannot be written.");
    }

    private static IEnumerable<Measurement<long>> DepthOf(DueQueue queue)
    {
        var depth = queue.Depth;
        return
        [
            new(depth.Scheduled, new KeyValuePair<string, object?>(TelemetryNames.QueueState, "scheduled")),
            new(depth.Ready, new KeyValuePair<string, object?>(TelemetryNames.QueueState, "ready")),
            new(depth.Running, new KeyValuePair<string, object?>(TelemetryNames.QueueState, "running")),
        ];
    }

    /// <summary>Each wished CA is there, with no order under way, too. Without the state they are another process'.</summary>
    private List<Measurement<long>> Active()
    {
        var counts = _labels.Wishes.Select(wish => wish.Provider).Distinct(StringComparer.Ordinal).ToDictionary(ca => ca, _ => 0L, StringComparer.Ordinal);
        var orders = _lease.Session is null ? [] : _labels.All.Select(entry => entry.Facts.OrderedFor).OfType<OrderPurpose>();
        foreach (var order in orders) counts[order.Provider] = counts.GetValueOrDefault(order.Provider) + 1;
        return [.. counts.Select(count => new Measurement<long>(count.Value, new KeyValuePair<string, object?>(TelemetryNames.Ca, count.Key)))];
    }

    private IEnumerable<Measurement<long>> Rooms() =>
        from known in Known()
        from room in LedgerRoom.Of(known.Ledger.Snapshot, known.Provider.Limits, _time.GetUtcNow())
        select Measure(known.Provider.Name, room.Limit, room.Left);

    private IEnumerable<Measurement<long>> Limits() =>
        from known in Known()
        from limit in LedgerRoom.LimitsOf(known.Provider.Limits)
        select Measure(known.Provider.Name, limit.Name, limit.Limit.Count);

    /// <summary>Of the CAs that were asked for anything in this session: nobody reads the ledger of another one.</summary>
    private IEnumerable<(Provider Provider, ProviderLedger Ledger)> Known()
    {
        var providers = _settings.Current.Providers.Values;
        foreach (var (ca, ledger) in _ledgers.Known)
        {
            // Two names may stand for one CA, and one ledger is kept for both.
            if (providers.Where(provider => provider.Ca == ca).MinBy(provider => provider.Name, StringComparer.Ordinal) is { } provider) yield return (provider, ledger);
        }
    }

    private static Measurement<long> Measure(string ca, string limit, int value) =>
        new(value, new KeyValuePair<string, object?>(TelemetryNames.Ca, ca), new KeyValuePair<string, object?>(TelemetryNames.Limit, limit));
}
