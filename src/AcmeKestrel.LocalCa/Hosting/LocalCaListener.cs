using AcmeKestrel.LocalCa.Issuing;
using AcmeKestrel.LocalCa.Validation;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.LocalCa.Hosting;

/// <summary>Serves the CA over https on loopback, in a small server of its own beside the application's.</summary>
internal sealed class LocalCaListener(LocalCaEnvironment environment, IServer applicationServer, TimeProvider time, ILogger<LocalCaListener> logger) : IHostedService, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly HashSet<Task> _validations = [];
    private WebApplication? _listener;

    /// <summary>The directory's URL with the port that was bound.</summary>
    public string? Url { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = environment.Settings;
        if (!settings.Enabled) return;

        try
        {
            var authority = environment.Folder.Open();
            var validator = new LoopbackValidator(() => settings.HttpPort ?? ApplicationPort("http://"), () => settings.TlsPort ?? ApplicationPort("https://"), time);
            var server = new LocalCaServer(settings.Policy, authority, validator, time);
            _listener = Build(settings, authority, server);
            await _listener.StartAsync(cancellationToken);
            Url = settings.Port == 0 ? _listener.Urls.First() + "/directory" : settings.DirectoryUrl;
            logger.Listening(Url, environment.Folder.RootFile);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The application must start all the same (it may have certificates already).
            logger.NotListening(settings.DirectoryUrl, fault.Message);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        if (_listener is not null) await _listener.StopAsync(cancellationToken);
        Task[] running;
        lock (_validations) running = [.. _validations];
        await Task.WhenAll(running).WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_listener is not null) await _listener.DisposeAsync();
        _stopping.Dispose();
    }

    private WebApplication Build(LocalCaSettings settings, CertificateAuthority authority, LocalCaServer server)
    {
        // An empty builder reads neither the application's configuration nor its environment: ASPNETCORE_URLS is not for this one.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 64 * 1024;
            kestrel.Listen(settings.Address, settings.Port, endpoint => endpoint.UseHttps(https =>
            {
                https.ServerCertificate = authority.IssueForListener();
                https.ServerCertificateChain = [authority.Intermediate];
            }));
        });
        var app = builder.Build();
        app.Run(context => AnswerAsync(context, server));
        return app;
    }

    private async Task AnswerAsync(HttpContext context, LocalCaServer server)
    {
        var request = context.Request;
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, context.RequestAborted);

        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!target.StartsWith('/'))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var answer = server.Handle(new CaRequest(request.Method, $"https://{request.Host}{target}", request.ContentType, body.ToArray()), Keep, _stopping.Token);
        context.Response.StatusCode = answer.Status;
        foreach (var group in answer.Headers.GroupBy(header => header.Key)) context.Response.Headers[group.Key] = group.Select(header => header.Value).ToArray();
        if (answer.Body is not { } bytes) return;

        context.Response.ContentType = answer.ContentType;
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    /// <summary>Remembers a validation until it ends, so that stopping can wait for it.</summary>
    private void Keep(Task validation)
    {
        lock (_validations) _validations.Add(validation);
        validation.ContinueWith(
            done =>
            {
                lock (_validations) _validations.Remove(done);
                if (done.Exception is { } fault) logger.ValidationFault(fault.InnerException ?? fault);
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private int? ApplicationPort(string scheme) =>
        applicationServer.Features.Get<IServerAddressesFeature>()?.Addresses
            .Where(address => address.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            .Select(address => (int?)BindingAddress.Parse(address).Port)
            .FirstOrDefault();
}
