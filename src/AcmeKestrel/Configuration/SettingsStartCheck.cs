using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Configuration;

/// <summary>Asks for the settings, which checks them: all hosted services are made before the first one starts, so nothing listens when they are wrong.</summary>
internal sealed class SettingsStartCheck(IAcmeSettings settings) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = settings.Current;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
