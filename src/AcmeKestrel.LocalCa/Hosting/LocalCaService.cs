using System.Net.Sockets;
using AcmeKestrel.LocalCa.Http;
using AcmeKestrel.LocalCa.Issuing;
using AcmeKestrel.LocalCa.Validation;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.LocalCa.Hosting;

/// <summary>Runs the CA around the app: there before the app's services start, gone after they have stopped.</summary>
internal sealed class LocalCaService(
    LocalCaHome home, AppPorts ports, IOptionsMonitor<AcmeOptions> acme, TimeProvider time, ILoggerFactory loggers, ILogger<LocalCaService> logger) : IHostedLifecycleService, IAsyncDisposable
{
    private LocalCaServer? _server;
    private WebApplication? _listener;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (!home.Settings.Enabled) return;

        var stateDirectory = acme.CurrentValue.StateDirectory;
        if (home.Open(stateDirectory) is not { } hierarchy) return;

        var url = home.Url;
        _server = new LocalCaServer(ServerOptions(url), hierarchy);
        try
        {
            _listener = await Listener.StartAsync(_server, url, home.TakeReserved(), new ListenerCertificate(hierarchy, time), loggers, cancellationToken).ConfigureAwait(false);
            logger.LocalCaListens(url.OriginalString, home.Folder(stateDirectory).RootPath);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            logger.LocalCaCannotListen(url.OriginalString, error);
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

    private LocalCaServerOptions ServerOptions(Uri url)
    {
        var validator = new LoopbackValidator(ports.Current, time);
        return new LocalCaServerOptions
        {
            DirectoryUrl = url.OriginalString,
            TimeProvider = time,
            CertificateLifetime = home.Settings.CertificateLifetime,
            Profiles = home.Settings.Profiles,
            OrderReuse = home.Settings.OrderReuse,
            AuthorizationReuse = home.Settings.AuthorizationReuse,
            Validator = async (probe, cancellationToken) =>
            {
                var problem = await validator.ValidateAsync(probe, cancellationToken).ConfigureAwait(false);
                if (problem is null) logger.LocalCaProved(probe.Type, probe.Identifier);
                else logger.LocalCaDisproved(probe.Type, probe.Identifier, problem.Type, problem.Detail);
                return problem;
            },
        };
    }
}
