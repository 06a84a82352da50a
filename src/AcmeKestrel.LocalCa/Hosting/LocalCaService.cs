using System.Net.Sockets;
using AcmeKestrel.LocalCa.Http;
using AcmeKestrel.LocalCa.Issuing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.LocalCa.Hosting;

/// <summary>Runs the CA around the app: there before the app's services start, gone after they have stopped.</summary>
internal sealed class LocalCaService(
    LocalCaHome home, IOptions<LocalCaServerOptions> behaviour, IOptionsMonitor<AcmeOptions> acme, TimeProvider time, ILoggerFactory loggers, ILogger<LocalCaService> logger)
    : IHostedLifecycleService, IAsyncDisposable
{
    private LocalCaServer? _server;
    private WebApplication? _listener;

    /// <summary>The CA while it runs.</summary>
    public LocalCaServer? Server => _server;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (!home.Settings.Enabled) return;

        var stateDirectory = acme.CurrentValue.StateDirectory;
        if (home.Open(stateDirectory) is not { } hierarchy) return;

        var url = home.Url;
        _server = new LocalCaServer(behaviour.Value, hierarchy);
        try
        {
            _listener = await Listener.StartAsync(_server, url, home.TakeReserved(), new ListenerCertificate(hierarchy, time), loggers, cancellationToken).ConfigureAwait(false);
            logger.LocalCaListens(url.OriginalString, home.Folder(stateDirectory).RootPath);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            logger.LocalCaCannotListen(url.OriginalString, error.Message);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_listener is not null) await _listener.StopAsync(cancellationToken).ConfigureAwait(false);
        await DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_listener is not null) await _listener.DisposeAsync().ConfigureAwait(false);
        if (_server is not null) await _server.DisposeAsync().ConfigureAwait(false);
        (_listener, _server) = (null, null);
    }
}
