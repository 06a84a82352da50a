using System.Diagnostics.Metrics;

namespace AcmeKestrel.Diagnostics;

/// <summary>What visitors were given, and how often that changed. A handshake counts with a tag that is there already: it allocates nothing, whether anybody listens or not.</summary>
internal sealed class ServingMetrics(AcmeMeter meter)
{
    /// <summary>By outcome.</summary>
    private static readonly KeyValuePair<string, object?>[] Outcomes =
        [.. Enum.GetNames<HandshakeOutcome>().Select(name => KeyValuePair.Create<string, object?>(TelemetryNames.Outcome, name.ToLowerInvariant()))];

    private readonly Counter<long> _handshakes = meter.Meter.CreateCounter<long>("acme.tls.handshakes", "{handshake}", "TLS handshakes by what they were given.");

    private readonly Counter<long> _swaps = meter.Meter.CreateCounter<long>("acme.certificate.swaps", "{swap}", "Certificates that took the place of an older one of their label in TLS.");

    public void Handshake(HandshakeOutcome outcome) => _handshakes.Add(1, Outcomes[(int)outcome]);

    public void Swapped() => _swaps.Add(1);
}
