namespace AcmeKestrel;

/// <summary>What metrics say: <c>Acme:Telemetry</c>.</summary>
public sealed class AcmeTelemetryOptions
{
    /// <summary>
    /// How many certificates the metric <c>acme.certificate.not_after</c> shows by name, those that end soonest first: 0 to 100,000; default 1000. 0 shows no name at all, but the one that ends soonest of
    /// each CA.
    /// </summary>
    public string? CertificateNames { get; set; }
}
