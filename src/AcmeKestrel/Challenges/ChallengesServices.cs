using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Challenges;

/// <summary>Registers the live answers.</summary>
internal static class ChallengesServices
{
    public static IServiceCollection AddAcmeChallenges(this IServiceCollection services) => services;
}
