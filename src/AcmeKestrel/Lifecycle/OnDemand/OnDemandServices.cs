using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Desired;
using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.RunTime;
using AcmeKestrel.Lifecycle.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>Registers certificates on demand; whether they are on, the settings say.</summary>
internal static class OnDemandServices
{
    public static void AddAcmeOnDemand(this IServiceCollection services)
    {
        services.TryAddSingleton(_ => new AskEndpoint(WebhookSender.NewHandler()));
        services.TryAddSingleton<PermissionBook>();
        services.TryAddSingleton<OnDemandWishes>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IRecordedWishes, OnDemandWishes>(provider => provider.GetRequiredService<OnDemandWishes>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IDesiredCertificateSource, OnDemandWishes>(provider => provider.GetRequiredService<OnDemandWishes>()));
        services.TryAddSingleton<OnDemandRegister>();
        services.TryAddSingleton<WishesElsewhere>();
        services.TryAddSingleton<OnDemandDesk>();
        services.TryAddSingleton<IOnDemandIssuer>(provider => provider.GetRequiredService<OnDemandDesk>());
        services.TryAddSingleton<VisitMarks>();
        services.TryAddSingleton<VisitReporter>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, VisitReporter>(provider => provider.GetRequiredService<VisitReporter>()));
        services.TryAddSingleton<OnDemandKeeper>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IStateDuty, OnDemandKeeper>(provider => provider.GetRequiredService<OnDemandKeeper>()));
    }
}
