using System.Diagnostics.Metrics;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.Delivering;

namespace AcmeKestrel.Telemetry;

/// <summary>What hooks have not been told yet.</summary>
internal sealed class HookGauges
{
    private readonly HookList _hooks;
    private readonly Courier _courier;

    public HookGauges(AcmeMeter meter, HookList hooks, Courier courier)
    {
        (_hooks, _courier) = (hooks, courier);
        meter.Meter.CreateObservableGauge("acme.hook.pending", Pending, "{notice}", "What a hook has not been told yet: events of certificates.");
    }

    /// <summary>Each hook is there, with nothing owed, too: an alert can tell none from no word.</summary>
    private List<Measurement<long>> Pending()
    {
        var counts = _hooks.Now().ToDictionary(hook => hook.Id, _ => 0L, StringComparer.Ordinal);
        foreach (var hook in _courier.Owed.SelectMany(one => one.Notice.To)) counts[hook] = counts.GetValueOrDefault(hook) + 1;
        return [.. counts.Select(count => new Measurement<long>(count.Value, new KeyValuePair<string, object?>(TelemetryNames.Hook, count.Key)))];
    }
}
