using System.Reflection;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Backups;
using AcmeKestrel.Management.Control;
using AcmeKestrel.Management.Copies;
using AcmeKestrel.Management.Requests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AcmeKestrel.Management;

/// <summary>Registers what an application and its operator drive the lifecycle with.</summary>
internal static class ManagementServices
{
    public static IServiceCollection AddAcmeManagement(this IServiceCollection services)
    {
        services.TryAddSingleton<CertificateDetails>();
        services.TryAddSingleton<AccountLook>();
        services.TryAddSingleton<AccountDesk>();
        services.TryAddSingleton<ReconcilePass>();
        services.TryAddSingleton<DryRun>();
        services.TryAddSingleton<TrialDesk>();
        services.TryAddSingleton<HookTestDesk>();
        services.TryAddSingleton<ImportLook>();
        services.TryAddSingleton<ImportDesk>();
        services.TryAddSingleton<RequestBook>();
        services.TryAddSingleton<RequestActions>();
        services.TryAddSingleton<RequestCourse>();
        services.TryAddSingleton<OnDemandRequests>();
        services.TryAddSingleton<IOnDemandElsewhere>(provider => provider.GetRequiredService<OnDemandRequests>());
        services.TryAddSingleton<CertificateRequests>();
        services.TryAddSingleton<AccountRequests>();
        services.TryAddSingleton<HookRequests>();
        services.TryAddSingleton<ServerFinder>();
        services.TryAddSingleton(provider => ServerInfo(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ControlDesk>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStateDuty, ControlSocket>());
        services.TryAddSingleton<StateReading>();
        services.TryAddSingleton<StatePlan>();
        services.TryAddSingleton<IAcmeState, AcmeState>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStateDuty, RequestDesk>());
        services.TryAddSingleton<IAcmeCertificates, AcmeCertificates>();
        services.TryAddSingleton<IAcmeAccounts, AcmeAccounts>();
        services.TryAddSingleton<IAcmeHooks, AcmeHooks>();
        services.TryAddSingleton<IAcmeBackups, AcmeBackups>();
        services.TryAddSingleton<IAcmeStores, AcmeStores>();
        return services;
    }

    private static AcmeServerInfo ServerInfo(TimeProvider time) => new()
    {
        ProcessId = Environment.ProcessId,
        User = Environment.UserName,
        StartedAt = time.GetUtcNow(),
        Version = typeof(ManagementServices).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
    };
}
