using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>An app with the embedded CA and, instead of the library, answers that the test puts in.</summary>
internal sealed class LocalCaHost : IAsyncDisposable
{
    private readonly string _state = Path.Combine(Path.GetTempPath(), "localca-" + Guid.NewGuid().ToString("N"));

    public LocalCaHost(string environment, params (string Key, string Value)[] configuration)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = environment, ApplicationName = "app" });
        builder.Configuration["LocalCa:Url"] = "https://127.0.0.1:0/directory";
        foreach (var (key, value) in configuration) builder.Configuration[key] = value;
        builder.Services.Configure<AcmeOptions>(options => options.StateDirectory ??= _state);
        builder.Services.AddSingleton<ILoggerProvider>(new Lines(Log));
        builder.Services.AddLogging();
        builder.Services.AddSingleton<TimeProvider>(new PatientTime());
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        new Builder(builder.Services).AddLocalCa();
        builder.Services.Configure<LocalCaServerOptions>(options => Behave(options));
        new Builder(builder.Services).AddLocalCa();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = context => ValueTask.FromResult(Tls(context.ClientHelloInfo.ServerName)) }));
        });
        App = builder.Build();
        App.Run(context => context.Response.WriteAsync(HttpAnswers.GetValueOrDefault(context.Request.Host.Host, "")));
    }

    public WebApplication App { get; }

    /// <summary>What the app itself says about its CA.</summary>
    public Action<LocalCaServerOptions> Behave { get; init; } = _ => { };

    public ConcurrentQueue<string> Log { get; } = [];

    public ConcurrentDictionary<string, string> HttpAnswers { get; } = [];

    public ConcurrentDictionary<string, X509Certificate2> TlsAnswers { get; } = [];

    public string Folder => Path.Combine(_state, "local-ca");

    public async ValueTask DisposeAsync()
    {
        if (App.Lifetime.ApplicationStarted.IsCancellationRequested) await App.StopAsync(CancellationToken.None);
        await App.DisposeAsync();
        if (Directory.Exists(_state)) Directory.Delete(_state, recursive: true);
    }

    private SslServerAuthenticationOptions Tls(string name) => new()
    {
        ServerCertificate = TlsAnswers[name],
        ApplicationProtocols = [new SslApplicationProtocol("acme-tls/1")],
    };

    private sealed record Builder(IServiceCollection Services) : IAcmeBuilder;

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Lines(ConcurrentQueue<string> log) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Enqueue($"{logLevel} {eventId.Id} {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}
