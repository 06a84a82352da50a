using AcmeKestrel.Telemetry;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Certificates in the application's health checks.</summary>
public static class AcmeHealthChecksBuilderExtensions
{
    /// <summary>
    /// Adds a check of the certificates of <c>AddAcme()</c>. Degraded: a renewal did not come when it was due, a wished name has no certificate and something stands in the way, a certificate
    /// that is revoked, or is to be, is not replaced, an entry could not become a wish, the state can be neither written nor followed, each https endpoint chooses its certificates by itself,
    /// nobody could say in the last five minutes whether a name may have a certificate on demand, or a name on demand stands as badly as a wished one that would be unhealthy. Unhealthy: a certificate,
    /// of a name that is not on demand, has expired or lives in the last tenth of its life, the replacement of a revoked one is late, or the state that a public CA's certificates are kept in does not
    /// outlive a restart. One name of many decides: meant for whoever is alerted, and not for a load balancer that sends nobody any more.
    /// </summary>
    /// <param name="failureStatus">What is reported in the place of unhealthy; null = unhealthy.</param>
    public static IHealthChecksBuilder AddAcme(this IHealthChecksBuilder builder, string name = "acme", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(name);
        return builder.Add(new HealthCheckRegistration(name, provider => provider.GetRequiredService<AcmeHealthCheck>(), failureStatus, tags));
    }
}
