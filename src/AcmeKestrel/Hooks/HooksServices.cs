using AcmeKestrel.Diagnostics;
using AcmeKestrel.Hooks.Programs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AcmeKestrel.Hooks;

/// <summary>Registers who is told.</summary>
internal static class HooksServices
{
    public static IServiceCollection AddAcmeHooks(this IServiceCollection services)
    {
        services.AddAcmeDiagnostics();
        services.TryAddSingleton<IFileFacts, FileFactsReader>();
        services.TryAddSingleton<IPrograms>(provider => new SystemPrograms(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<FileTrust>();
        services.TryAddSingleton<IAcmePrograms, TrustedPrograms>();
        services.TryAddSingleton<HookFolder>();
        services.TryAddSingleton<ProgramCalls>();
        services.TryAddSingleton(provider => new WebhookSender(provider.GetRequiredService<TimeProvider>(), WebhookSender.NewHandler()));
        services.TryAddSingleton<HookList>();
        return services;
    }
}
