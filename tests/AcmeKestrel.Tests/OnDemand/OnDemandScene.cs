using System.Collections.Concurrent;
using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Hostile;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>Applications as users build them, on sockets and the real clock, all on one state in memory; the embedded CA believes what it is told, and the application says which names are allowed.</summary>
public abstract class OnDemandScene : IAsyncDisposable
{
    private protected const string Fallback = "fallback.invalid";

    private protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly List<WebApplication> _apps = [];
    private readonly ConcurrentQueue<string> _orders = [];
    private readonly TaskCompletionSource _finalizing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private protected OnDemandScene()
    {
        Flaky = new FlakyStore(Memory);
        Ca = new LocalCaServer(new LocalCaServerOptions
        {
            RetryAfter = TimeSpan.Zero,
            Validator = (probe, cancellationToken) => Validator(probe, cancellationToken),
            Interceptor = async (request, next, cancellationToken) =>
            {
                if (Down()) throw new HttpRequestException("The CA is down.");
                if (request.Resource == "new-order") _orders.Enqueue(request.Resource);
                if (request.Resource == "finalize") _finalizing.TrySetResult();
                if (Slow is { } slow && request.Resource == "finalize") await slow.Task.WaitAsync(cancellationToken);
                return next(request);
            },
        });
    }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected MemoryStore Memory { get; } = new();

    private protected FlakyStore Flaky { get; }

    /// <summary>What the applications keep their state in.</summary>
    private protected virtual IAcmeStore Store => Flaky;

    private protected LocalCaServer Ca { get; }

    /// <summary>Decides about challenges.</summary>
    private protected ChallengeValidator Validator { get; set; } = (_, _) => default;

    /// <summary>What the application was asked, in order.</summary>
    private protected ConcurrentQueue<AcmeOnDemandVisit> Asked { get; } = [];

    /// <summary>What it answers.</summary>
    private protected Func<AcmeOnDemandVisit, CancellationToken, ValueTask<bool>> Permission { get; set; } = (_, _) => ValueTask.FromResult(true);

    /// <summary>The CA finalizes nothing before it is completed.</summary>
    private protected TaskCompletionSource? Slow { get; set; }

    /// <summary>The CA was asked to finalize an order.</summary>
    private protected Task Finalizing => _finalizing.Task;

    /// <summary>The CA cannot be reached.</summary>
    private protected Func<bool> Down { get; set; } = () => false;

    private protected int Orders => _orders.Count;

    private protected RecordedLog Log { get; } = new();

    private protected static IPEndPoint EndPointOf(WebApplication app) =>
        new(IPAddress.Loopback, new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port);

    /// <summary>The first name of what a visitor is shown.</summary>
    private protected static async Task<string> VisitAsync(WebApplication app, string name) => (await TlsClient.VisitAsync(EndPointOf(app), name).WaitAsync(Deadline, Token)).Name;

    private protected async Task<WebApplication> StartAsync(params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Production });
        builder.Logging.ClearProviders().AddProvider(Log);
        builder.Configuration["Acme:Provider"] = Ca.DirectoryUrl;
        builder.Configuration["Acme:AcceptTermsOfService"] = "true";
        builder.Configuration["Acme:Preflight"] = "false";
        builder.Configuration["Acme:StateDirectory"] = Path.Combine(Path.GetTempPath(), "acme-nowhere");

        // However busy the machine is: a visitor who is to get a certificate waits for it.
        builder.Configuration["Acme:OnDemand:Wait"] = "00:00:30";
        foreach (var (key, value) in settings) builder.Configuration[key] = value;
        builder.Services.AddSingleton(Store);
        builder.Services.AddSingleton<Func<Provider, HttpMessageHandler?>>(_ => Ca.CreateHandler());
        var acme = builder.Services.AddAcme();
        if (!settings.Any(setting => setting.Key is "Acme:OnDemand:Ask")) acme.AddOnDemand(AnswerAsync);
        builder.WebHost.UseUrls("https://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.HandshakeTimeout = TimeSpan.FromMinutes(1)));
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync("hello"));
        _apps.Add(app);
        await app.StartAsync(Token);

        // Before the wishes are read nobody is a stranger.
        if (!settings.Contains(("Acme:OnDemand:Enabled", "false"))) await Eventually.TrueAsync(() => app.Services.GetRequiredService<IOnDemandIssuer>().IsOn);
        return app;
    }

    public virtual async ValueTask DisposeAsync()
    {
        Slow?.TrySetResult();
        foreach (var app in _apps)
        {
            using var atOnce = new CancellationTokenSource();
            await atOnce.CancelAsync();
            try
            {
                await app.StopAsync(atOnce.Token);
            }
            catch (OperationCanceledException)
            {
                // A service may say that it was given no time.
            }

            await app.DisposeAsync();
        }

        await Ca.DisposeAsync();
        Log.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected static async Task StopAsync(WebApplication app) => await app.StopAsync(Token);

    private protected async Task<List<string>> RecordsAsync(RecordKind kind)
    {
        var names = new List<string>();
        await foreach (var entry in ((IAcmeStore)Memory).ListEntriesAsync(new StoreQuery(kind), Token)) names.Add(entry.Key.Name);
        return names;
    }

    private ValueTask<bool> AnswerAsync(AcmeOnDemandVisit visit, CancellationToken cancellationToken)
    {
        Asked.Enqueue(visit);
        return Permission(visit, cancellationToken);
    }
}
