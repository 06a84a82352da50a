using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Management;
using AcmeKestrel.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The hosted worker as a host runs it, on the real clock where nothing else is said; the CA answers at once, so only its Retry-After is waited for.</summary>
public abstract class WorkerScene : IAsyncDisposable
{
    private readonly IAcmeStore _store = new MemoryStore();
    private readonly List<IHost> _hosts = [];

    /// <summary>Whatever takes longer does not come.</summary>
    private protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected TestCa Ca { get; } = new(TimeProvider.System) { RetryAfter = 1 };

    private protected TestSettings Settings { get; } = new();

    private protected ChangingWishes Source { get; } = new();

    private protected AwaitedPublisher Published { get; } = new();

    private protected Activation Server { get; } = new();

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync(Deadline);
            host.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    private protected static IAcmeCertificates Certificates(IHost host) => host.Services.GetRequiredService<IAcmeCertificates>();

    private protected static Task<IReadOnlyList<AcmeCertificateStatus>> SettleAsync(IHost host) => Certificates(host).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);

    private protected static (string Label, AcmeCertificateState State) Brief(AcmeCertificateStatus status) => (status.Label, status.State);

    private protected static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private protected async Task<IHost> StartAsync(TimeProvider? time = null, AwaitedPublisher? published = null)
    {
        published ??= Published;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        if (time is not null) builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(_store);
        builder.Services.AddSingleton<IAcmeSettings>(Settings);
        builder.Services.AddSingleton<ICertificatePublisher>(provider =>
        {
            published.Source = provider.GetRequiredService<ICertificateSource>;
            return published;
        });
        builder.Services.AddSingleton<IShownCertificates>(published);
        builder.Services.AddSingleton<IWorkerActivation>(Server);
        builder.Services.AddSingleton(Source.ForOneProcess());
        builder.Services.AddSingleton<Func<Provider, HttpMessageHandler?>>(_ => Ca.Transport());
        builder.Services.AddSingleton(provider => new LiveAnswers(TimeProvider.System, provider.GetRequiredService<IStoredAnswers>()));
        builder.Services.AddAcmeLifecycle().AddAcmeManagement();
        builder.Logging.AddProvider(new ToldLog());
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync(Token);
        return host;
    }

    private protected sealed class Activation : IWorkerActivation
    {
        private TaskCompletionSource _known = Known();

        public bool IsActive { get; set; } = true;

        public bool IsKnown => _known.Task.IsCompleted;

        public string IdleReason => "the server listens on no https address";

        public void Unknow() => (IsActive, _known) = (false, new TaskCompletionSource());

        public void Know(bool isActive)
        {
            IsActive = isActive;
            _known.SetResult();
        }

        public Task WaitUntilKnownAsync(CancellationToken cancellationToken) => _known.Task.WaitAsync(cancellationToken);

        public Task WaitAsync(CancellationToken cancellationToken) => IsActive ? Task.CompletedTask : Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);

        public void Request()
        {
        }

        private static TaskCompletionSource Known()
        {
            var known = new TaskCompletionSource();
            known.SetResult();
            return known;
        }
    }
}
