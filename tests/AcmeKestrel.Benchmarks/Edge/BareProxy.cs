using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Benchmarks.Edge;

/// <summary>Kestrel and YARP as their documentation begins, with nothing of AcmeKestrel: endpoints, certificate and routes are those of the configuration.</summary>
internal static class BareProxy
{
    public const string Verb = "serve";

    public static async Task<int> ServeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Services.AddReverseProxy().LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"));
        await using var app = builder.Build();
        app.MapReverseProxy();
        await app.RunAsync();
        return 0;
    }
}
