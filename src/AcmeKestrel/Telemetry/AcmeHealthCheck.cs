using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AcmeKestrel.Telemetry;

/// <summary>Answers from what is in memory: a load balancer may ask as often as it likes.</summary>
internal sealed class AcmeHealthCheck(CertificateOutlooks outlooks, Labels labels, StatusBoard board, ICertificatePublisher publisher, StateDoubt state, StateLease lease, PermissionBook onDemand) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var verdict = HealthVerdict.Of(outlooks.Now(), state.Find(labels.Wishes.Select(wish => wish.Provider).Distinct()), publisher.Unreachable, board.Problems, lease.Trouble, onDemand.Problem);
        var status = verdict.Status is HealthStatus.Unhealthy ? context.Registration.FailureStatus : verdict.Status;
        var data = verdict.Counts.ToDictionary(count => count.Key.ToString().ToLowerInvariant(), count => (object)count.Value, StringComparer.Ordinal);
        return Task.FromResult(new HealthCheckResult(status, verdict.Description, data: data));
    }
}
