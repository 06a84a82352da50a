using System.Diagnostics.Metrics;

namespace AcmeKestrel.Diagnostics;

/// <summary>What came of names that somebody came for and nobody wished. A stranger's name that is not even asked for counts, too: that is what a flood looks like.</summary>
internal sealed class OnDemandMetrics(AcmeMeter meter)
{
    private readonly Counter<long> _asks = meter.Meter.CreateCounter<long>("acme.ondemand.asks", "{ask}", "Names on demand by what was answered: yes, no, failed, or limited where it was not asked.");

    private readonly Counter<long> _names = meter.Meter.CreateCounter<long>("acme.ondemand.names", "{name}", "Allowed names by whether they were wished, or had to wait for the limit.");

    public void Asked(string outcome) => _asks.Add(1, KeyValuePair.Create<string, object?>(TelemetryNames.Outcome, outcome));

    public void Wished(string outcome) => _names.Add(1, KeyValuePair.Create<string, object?>(TelemetryNames.Outcome, outcome));
}
