using System.Diagnostics.Metrics;

namespace AcmeKestrel.Diagnostics;

/// <summary>What CAs said when they were asked when to renew (RFC 9773).</summary>
internal sealed class RenewalInfoMetrics(AcmeMeter meter)
{
    private readonly Counter<long> _looks = meter.Meter.CreateCounter<long>("acme.renewal_info.looks", "{look}", "Times that a CA was asked when to renew a certificate, by what came of it.");

    public void Looked(string ca, RenewalInfoOutcome outcome) => _looks.Add(1, new(TelemetryNames.Ca, ca), new(TelemetryNames.Outcome, outcome.ToString().ToLowerInvariant()));
}

/// <summary>The values of the label <c>acme.outcome</c> there.</summary>
internal enum RenewalInfoOutcome
{
    /// <summary>The CA named a window.</summary>
    Window,

    /// <summary>The CA has no renewal info.</summary>
    None,

    Failed,
}
