using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AcmeKestrel.Telemetry;

/// <summary>Answers from what is in memory: a load balancer may ask as often as it likes.</summary>
internal sealed class AcmeHealthCheck(CertificateOutlooks outlooks, Labels labels, StatusBoard board, ICertificatePublisher publisher, IAcmeSettings settings, IAcmeStore store) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var verdict = HealthVerdict.Of(outlooks.Now(), FindDoubt(), publisher.Unreachable, board.Problems);
        var status = verdict.Status is HealthStatus.Unhealthy ? context.Registration.FailureStatus : verdict.Status;
        var data = verdict.Counts.ToDictionary(count => count.Key.ToString().ToLowerInvariant(), count => (object)count.Value, StringComparer.Ordinal);
        return Task.FromResult(new HealthCheckResult(status, verdict.Description, data: data));
    }

    /// <summary>A state that may be lost costs nothing where no public CA's limits are spent for it.</summary>
    private string? FindDoubt()
    {
        if (store.FindAbility<IStoreDurability>()?.Doubt is not { } doubt) return null;

        var providers = settings.Current.Providers;
        return labels.Wishes.Select(wish => wish.Provider).Distinct().Any(name => providers.TryGetValue(name, out var provider) && BuiltInProviders.IsPublic(provider)) ? doubt : null;
    }
}
