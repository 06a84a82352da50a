using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Lifecycle;

/// <summary>Registers the worker and what it needs.</summary>
internal static class LifecycleServices
{
    public static IServiceCollection AddAcmeLifecycle(this IServiceCollection services) => services;
}
