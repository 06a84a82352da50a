using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AcmeKestrel.Challenges;

/// <summary>Registers the live answers.</summary>
internal static class ChallengesServices
{
    public static IServiceCollection AddAcmeChallenges(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<LiveAnswers>();
        return services;
    }
}
