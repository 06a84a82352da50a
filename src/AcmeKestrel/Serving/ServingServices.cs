using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Serving;

/// <summary>Registers the certificate table and the hooks into Kestrel.</summary>
internal static class ServingServices
{
    public static IServiceCollection AddAcmeServing(this IServiceCollection services) => services;
}
