using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle;

/// <summary>Registers the worker and what it needs.</summary>
internal static class LifecycleServices
{
    public static IServiceCollection AddAcmeLifecycle(this IServiceCollection services)
    {
        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<StateLease>();
        services.TryAddSingleton<FencedStore>();
        services.TryAddSingleton<Ledgers>();
        services.TryAddSingleton(_ => new LedgerCosts(PublicSuffixList.Embedded));
        services.TryAddSingleton(provider => new ProviderClients(
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AcmeClient>>(),
            provider.GetService<Func<Provider, HttpMessageHandler?>>()));
        services.TryAddSingleton(provider => new AccountRecords(
            provider.GetRequiredService<FencedStore>(), provider.GetRequiredService<ILogger<AccountRecords>>(), provider.GetRequiredService<IAcmeStore>() as IAccountView));
        services.TryAddSingleton<AccountRegistrar>();
        services.TryAddSingleton<AccountKeyChange>();
        services.TryAddSingleton<AccountKeeper>();
        services.TryAddSingleton<AccountTraffic>();
        services.TryAddSingleton<OrderJournal>();
        services.TryAddSingleton<RenewalDesk>();
        services.TryAddSingleton<AnswerDesk>();
        services.TryAddSingleton<Issuer>();
        services.TryAddSingleton(provider => new GenerationVault(
            provider.GetRequiredService<FencedStore>(),
            provider.GetRequiredService<ICertificatePublisher>(),
            provider.GetRequiredService<ILogger<GenerationVault>>(),
            provider.GetRequiredService<IAcmeStore>() as ICertificateView));
        services.TryAddSingleton<StateLoader>();
        services.TryAddSingleton<IWorkerActivation>(provider => new ServerActivation(provider.GetService<IHostApplicationLifetime>(), provider.GetService<IServer>()));
        services.TryAddSingleton<WorkerGate>();
        services.TryAddSingleton<StatusBoard>();
        services.TryAddSingleton<DueQueue>();
        services.TryAddSingleton<LabelRunner>();
        services.TryAddSingleton<Worker>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, Worker>(provider => provider.GetRequiredService<Worker>()));
        services.TryAddSingleton<IStoredAnswers, StoredAnswers>();
        return services;
    }
}
