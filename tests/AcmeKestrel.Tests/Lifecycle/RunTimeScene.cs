using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Management;
using AcmeKestrel.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Applications that use their certificates while they run, on hosts and the real clock, all on one state; the CA answers at once and lets nobody wait.</summary>
public abstract class RunTimeScene : IAsyncDisposable
{
    private protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly List<IHost> _hosts = [];

    private protected RunTimeScene() => Flaky = new FlakyStore(Store = new CountingStore(Memory));

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected TestCa Ca { get; } = new(TimeProvider.System) { RetryAfter = 0, ChallengeRetryAfter = _ => 0 };

    private protected MemoryStore Memory { get; } = new();

    private protected virtual string DirectoryUrl => TestCa.DirectoryUrl;

    private protected CountingStore Store { get; }

    private protected FlakyStore Flaky { get; }

    private protected Configured Wished { get; } = new();

    private protected AwaitedPublisher Published { get; } = new();

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync(Deadline);
            host.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>The way to the CA.</summary>
    private protected virtual HttpMessageHandler Transport() => Ca.Transport();

    private protected static Task<AcmeCertificateStatus> EnsureAsync(App app, params string[] names) => app.Certificates.EnsureAsync(new AcmeCertificateRequest(names), Token).WaitAsync(Deadline, Token);

    private protected async Task<string> ScheduleAsync(string label) => Encoding.UTF8.GetString((await Memory.ReadAsync(new RecordKey(RecordKind.Schedule, label), Token))!.Content.Find("schedule.json")!.Value.Span);

    private protected async Task<App> StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IAcmeStore>(Flaky);
        builder.Services.AddSingleton<IAcmeSettings>(new TestSettings { DirectoryUrl = DirectoryUrl, Challenges = [ChallengeTypes.Http01, ChallengeTypes.TlsAlpn01] });
        builder.Services.AddSingleton<ICertificatePublisher>(provider =>
        {
            Published.Source = provider.GetRequiredService<ICertificateSource>;
            return Published;
        });
        builder.Services.AddSingleton<IShownCertificates>(Published);
        builder.Services.AddSingleton<IWorkerActivation>(new AlwaysActive());
        builder.Services.AddSingleton<IDesiredCertificateSource>(Wished);
        builder.Services.AddSingleton<IWishFeed, WishFeed>();
        builder.Services.AddSingleton<Func<Provider, HttpMessageHandler?>>(_ => Transport());
        builder.Services.AddSingleton(provider => new LiveAnswers(TimeProvider.System, provider.GetRequiredService<IStoredAnswers>()));
        builder.Services.AddAcmeLifecycle().AddAcmeManagement();
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync(Token);
        return new App(host, host.Services.GetRequiredService<IAcmeCertificates>());
    }

    internal sealed record App(IHost Host, IAcmeCertificates Certificates);

    /// <summary>What the configuration wishes.</summary>
    internal sealed class Configured : IDesiredCertificateSource
    {
        private readonly List<DesiredCertificate> _wishes = [];

        public AcmeWishSource Source => AcmeWishSource.Options;

        public void Wish(string label, params string[] names) => _wishes.Add(new DesiredCertificate(names, "config") { Label = label });

        public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new DesiredCertificates([.. _wishes]));

        public IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);
    }
}
