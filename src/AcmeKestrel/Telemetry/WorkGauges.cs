using System.Diagnostics.Metrics;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Telemetry;

/// <summary>What the worker has before it, what the CAs' limits leave it, and whether this process may write at all.</summary>
internal sealed class WorkGauges
{
    private readonly Ledgers _ledgers;
    private readonly IAcmeSettings _settings;
    private readonly TimeProvider _time;

    public WorkGauges(AcmeMeter meter, DueQueue queue, Ledgers ledgers, StateLease lease, IAcmeSettings settings, TimeProvider time)
    {
        (_ledgers, _settings, _time) = (ledgers, settings, time);
        meter.Meter.CreateObservableGauge("acme.queue.depth", () => DepthOf(queue), "{certificate}", "Certificates by whether they wait for their time, wait for a slot, or are at work.");
        meter.Meter.CreateObservableGauge("acme.ledger.room", () => Rooms().Select(room => Measure(room.Ca, room.Room.Limit, room.Room.Left)), "{token}", "What is left of a CA's limit, in the bucket that is fullest.");
        meter.Meter.CreateObservableGauge("acme.ledger.limit", () => Rooms().Select(room => Measure(room.Ca, room.Room.Limit, room.Room.Count)), "{token}", "The CA's limit.");
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

    /// <summary>Of the CAs that were asked for anything in this session: nobody reads the ledger of another one.</summary>
    private IEnumerable<(string Ca, LedgerRoom Room)> Rooms()
    {
        var (providers, now) = (_settings.Current.Providers.Values, _time.GetUtcNow());
        foreach (var (ca, ledger) in _ledgers.Known)
        {
            // Two names may stand for one CA, and one ledger is kept for both.
            if (providers.Where(provider => provider.Ca == ca).MinBy(provider => provider.Name, StringComparer.Ordinal) is not { } provider) continue;

            foreach (var room in LedgerRoom.Of(ledger.Snapshot, provider.Limits, now)) yield return (provider.Name, room);
        }
    }

    private static Measurement<long> Measure(string ca, string limit, int value) =>
        new(value, new KeyValuePair<string, object?>(TelemetryNames.Ca, ca), new KeyValuePair<string, object?>(TelemetryNames.Limit, limit));
}
