using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Desired;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Exports;
using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Exporting;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Ordering.Finding;
using AcmeKestrel.Lifecycle.Ordering.Solving;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Lifecycle.Revoking;
using AcmeKestrel.Lifecycle.RunTime;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Lifecycle;

/// <summary>Registers the worker and what it needs.</summary>
internal static class LifecycleServices
{
    private const int SlotsOfAProvider = 24;

    public static IServiceCollection AddAcmeLifecycle(this IServiceCollection services)
    {
        services.AddLogging();
        services.AddAcmeDiagnostics();
        services.AddAcmeExports();
        services.AddAcmeHooks();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Labels>();
        services.TryAddSingleton(provider => Queue(provider.GetRequiredService<Labels>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<Dispatcher>();
        services.TryAddSingleton<ILabelWaker>(provider => provider.GetRequiredService<Dispatcher>());
        services.TryAddSingleton(provider => LeaseTimes.Of(provider.GetRequiredService<IAcmeStore>(), provider.GetRequiredService<IAcmeSettings>().Current.Store.LeaseDuration));
        services.TryAddSingleton<StateLease>();
        services.TryAddSingleton<LostChanges>();
        services.TryAddSingleton<Ledgers>();
        services.TryAddSingleton<LimitLines>();
        services.TryAddSingleton(Clients);
        services.TryAddSingleton<KnownAccounts>();
        services.TryAddSingleton(provider => new AccountRecords(
            provider.GetRequiredService<IAcmeStore>(), provider.GetRequiredService<KnownAccounts>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<AccountRecords>>(), provider.GetRequiredService<IAcmeStore>().FindAbility<IAccountView>()));
        services.TryAddSingleton<IAccountTraces>(provider => provider.GetRequiredService<Labels>());
        services.TryAddSingleton<AccountRegistrar>();
        services.TryAddSingleton<AccountKeyChange>();
        services.TryAddSingleton<AccountKeeper>();
        services.TryAddSingleton<AccountTraffic>();
        services.TryAddSingleton<AccountOpening>();
        services.TryAddSingleton<AccountContact>();
        services.TryAddSingleton<OrdersOnRecord>();
        services.TryAddSingleton<IStoredGenerations>(provider => provider.GetRequiredService<Labels>());
        services.TryAddSingleton<OrderFinder>();
        services.TryAddSingleton<OrderJournal>();
        services.TryAddSingleton<IValidatingOrders>(provider => provider.GetRequiredService<OrderJournal>());
        services.TryAddSingleton<CaFaults>();
        services.TryAddSingleton<OrderClosing>();
        services.TryAddSingleton<RenewalDesk>();
        services.TryAddSingleton<DnsProviderTypes>();
        services.TryAddSingleton<DnsProviders>();
        services.TryAddSingleton<DnsDebts>();
        services.TryAddSingleton<DnsDesk>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStateDuty, SecretsRound>());
        services.TryAddSingleton(Cleaner);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStateDuty, DnsCleaner>(provider => provider.GetRequiredService<DnsCleaner>()));
        services.TryAddSingleton(Answers);
        services.TryAddSingleton<Issuer>();
        services.TryAddSingleton<GenerationVault>();
        AddDelivering(services);
        services.TryAddSingleton<LabelLoader>();
        services.TryAddSingleton<ISuspects, SuspectLabels>();
        services.TryAddSingleton<StoredCertificates>();
        services.TryAddSingleton<ICertificateSource>(provider => provider.GetRequiredService<StoredCertificates>());
        services.TryAddSingleton<CertificateSearch>();
        services.TryAddSingleton<ICertificateMissHandler>(provider => provider.GetRequiredService<CertificateSearch>());
        services.TryAddSingleton<RunTimeWishes>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IDesiredCertificateSource, RunTimeWishes>(provider => provider.GetRequiredService<RunTimeWishes>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IRecordedWishes, RunTimeWishes>(provider => provider.GetRequiredService<RunTimeWishes>()));
        services.TryAddSingleton<LabelDesk>();
        services.AddAcmeOnDemand();
        services.TryAddSingleton<ExportQueue>();
        services.TryAddSingleton<ExportFiles>();
        services.TryAddSingleton<ExportDesk>();
        services.TryAddSingleton<SessionStart>();
        services.TryAddSingleton<StateTakeover>();
        services.TryAddSingleton<Standby>();
        services.TryAddSingleton<StandbyFollower>();
        services.TryAddSingleton<StateDuties>();
        services.TryAddSingleton<StateHolder>();
        services.TryAddSingleton<IWorkerActivation>(provider => new ServerActivation(
            provider.GetRequiredService<TimeProvider>(), provider.GetService<IHostApplicationLifetime>(), provider.GetService<IServer>(), provider.GetRequiredService<IAcmeSettings>().Current.StartDelay));
        services.TryAddSingleton<WorkerGate>();
        services.TryAddSingleton<StatusBoard>();
        services.TryAddSingleton<StateDoubt>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILabelObserver, LabelLog>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILabelObserver, DoubtLog>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILabelObserver, StatusBoard>(provider => provider.GetRequiredService<StatusBoard>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILabelObserver, RevocationWatch>(provider => provider.GetRequiredService<RevocationWatch>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILabelObserver, ExportQueue>(provider => provider.GetRequiredService<ExportQueue>()));
        services.TryAddSingleton<LabelEvents>();
        services.TryAddSingleton<SituationReader>();
        services.TryAddSingleton<OrderPassage>();
        services.TryAddSingleton<OrderActions>();
        services.TryAddSingleton<RenewalInquiry>();
        services.TryAddSingleton<StoredLabels>();
        services.TryAddSingleton<RevocationDesk>();
        services.TryAddSingleton<RevocationActions>();
        services.TryAddSingleton<RevocationLists>();
        services.TryAddSingleton<RevocationPoints>();
        services.TryAddSingleton<RevocationWatch>();
        services.TryAddSingleton<DecisionActions>();
        services.TryAddSingleton<WishFollower>();
        services.TryAddSingleton<Reconciler>();
        services.TryAddSingleton<LabelRunner>();
        services.TryAddSingleton<LoopKeeper>();
        services.TryAddSingleton<Worker>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, Worker>(provider => provider.GetRequiredService<Worker>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StoredCheck>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ExportLoop>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RevocationWatch>(provider => provider.GetRequiredService<RevocationWatch>()));
        services.TryAddSingleton<IStoredAnswers, StoredAnswers>();
        return services;
    }

    private static void AddDelivering(IServiceCollection services)
    {
        services.TryAddSingleton<HookQueues>();
        services.TryAddSingleton<Deliveries>();
        services.TryAddSingleton<HookTroubles>();
        services.TryAddSingleton<LateCopies>();
        services.TryAddSingleton<LateRecords>();
        services.TryAddSingleton(provider => new PublicLinks(
            provider.GetRequiredService<HookList>(),
            provider.GetRequiredService<Deliveries>(),
            provider.GetRequiredService<LateRecords>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PublicLinks>>(),
            provider.GetRequiredService<IAcmeStore>().FindAbility<ICertificateView>(),
            provider.GetRequiredService<ExportDesk>()));
        services.TryAddSingleton<IGenerationOutlet>(provider => provider.GetRequiredService<PublicLinks>());
        services.TryAddSingleton(provider => new HookCalls(
            provider.GetRequiredService<HookMetrics>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IAcmeStore>().FindAbility<ICertificateView>()));
        services.TryAddSingleton<HookDesk>();
        services.TryAddSingleton<DeliveryStart>();
        services.TryAddSingleton<Courier>();
        services.TryAddSingleton(provider => new HookTrial(
            provider.GetRequiredService<HookCalls>(), provider.GetRequiredService<PublicLinks>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IAcmeStore>().FindAbility<ICertificateView>()));
        services.TryAddSingleton<EndingCertificates>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, HookWorker>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, EndingCertificates>(provider => provider.GetRequiredService<EndingCertificates>()));
    }

    /// <summary>Labels of one provider share its slots; waiting ones take none.</summary>
    private static ProviderClients Clients(IServiceProvider provider)
    {
        var settings = provider.GetRequiredService<IAcmeSettings>();
        var clients = new ProviderClients(
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AcmeClient>>(),
            provider.GetService<Func<Provider, HttpMessageHandler?>>(),
            BuiltInProviders.ByHost,
            known => settings.Current.Providers.GetValueOrDefault(known.Name) == known,
            provider.GetRequiredService<RequestMetrics>());

        // Both live as long as the services.
        ChangeToken.OnChange(settings.GetChangeToken, clients.LetGo);
        return clients;
    }

    private static DnsCleaner Cleaner(IServiceProvider provider) => new(
        provider.GetRequiredService<DnsDesk>(),
        provider.GetRequiredService<DnsDebts>(),
        provider.GetRequiredService<TimeProvider>(),
        provider.GetRequiredService<ILogger<DnsCleaner>>(),
        () => provider.GetRequiredService<WorkerGate>().IsOnRequest);

    private static AnswerDesk Answers(IServiceProvider provider)
    {
        var (live, debts) = (provider.GetRequiredService<LiveAnswers>(), provider.GetRequiredService<DnsDebts>());
        return new AnswerDesk(
            [new Http01Solver(live), new TlsAlpn01Solver(live, provider.GetRequiredService<IAcmeStore>().IsShared(), provider.GetRequiredService<ILogger<TlsAlpn01Solver>>()), new DnsSolver(ChallengeTypes.Dns01, debts), new DnsSolver(ChallengeTypes.DnsAccount01, debts), new PermanentSolver()],
            provider.GetRequiredService<DnsDesk>(),
            new DnsSweep(debts),
            provider.GetRequiredService<ValidationMetrics>(),
            provider.GetService<IFrontDoor>());
    }

    private static DueQueue Queue(Labels labels, TimeProvider time) => new(label => labels.WishOf(label)?.Provider ?? "", SlotsOfAProvider, time);
}
