using System.Diagnostics.Metrics;

namespace AcmeKestrel.Diagnostics;

/// <summary>What became of challenges that a CA was told of.</summary>
internal sealed class ValidationMetrics(AcmeMeter meter)
{
    private readonly Counter<long> _validations = meter.Meter.CreateCounter<long>("acme.challenge.validations", "{validation}", "Names that a CA tried to validate, by challenge type and outcome.");

    public void Ended(string ca, string type, ValidationOutcome outcome) => _validations.Add(
        1,
        new(TelemetryNames.Ca, ca),
        new(TelemetryNames.ChallengeType, type),
        new(TelemetryNames.Outcome, outcome.ToString().ToLowerInvariant()));
}

/// <summary>The values of the label <c>acme.outcome</c> there.</summary>
internal enum ValidationOutcome
{
    Valid,

    /// <summary>The CA looked and found something else, or nothing.</summary>
    Invalid,

    /// <summary>The CA did not say anything in time.</summary>
    Timeout,
}
