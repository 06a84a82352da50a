using AcmeKestrel.Lifecycle.State;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>Keeps hooks told while the host runs.</summary>
internal sealed class HookWorker(Courier courier, LoopKeeper loops) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.KeepRunningAsync(() => courier.RunAsync(stoppingToken), stoppingToken);
}
