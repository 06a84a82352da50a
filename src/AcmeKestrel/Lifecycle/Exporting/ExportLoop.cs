using AcmeKestrel.Lifecycle.State;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Lifecycle.Exporting;

/// <summary>Has the exports looked at that are due, until the host stops; far from any handshake.</summary>
internal sealed class ExportLoop(ExportQueue queue, ExportDesk desk, LoopKeeper loops) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.KeepRunningAsync(() => queue.RunAsync(desk.LookAsync, stoppingToken), stoppingToken);
}
