using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Telemetry;

/// <summary>Gauges are asked by whoever listens and called by nobody: what makes them is the host's start.</summary>
internal sealed class GaugeStart(CertificateGauges certificates, WorkGauges work, HookGauges hooks) : IHostedService
{
    /// <summary>Kept for as long as the host runs.</summary>
    public IReadOnlyList<object> Gauges { get; } = [certificates, work, hooks];

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
