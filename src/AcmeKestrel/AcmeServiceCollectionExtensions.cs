using AcmeKestrel;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Serving;
using AcmeKestrel.Storage;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The way in: <c>builder.Services.AddAcme()</c>.</summary>
public static class AcmeServiceCollectionExtensions
{
    /// <summary>Adds automatic TLS to the application; reads the configuration section <c>Acme</c>. Calling it twice is harmless.</summary>
    public static IAcmeBuilder AddAcme(this IServiceCollection services)
    {
        services.AddAcmeConfiguration().AddAcmeStorage().AddAcmeChallenges().AddAcmeDesired().AddAcmeLifecycle().AddAcmeServing();
        return new AcmeBuilder(services);
    }

    private sealed record AcmeBuilder(IServiceCollection Services) : IAcmeBuilder;
}
