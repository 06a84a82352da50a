using AcmeKestrel;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The way in: <c>builder.Services.AddAcme().AddLocalCa()</c>.</summary>
public static class LocalCaBuilderExtensions
{
    /// <summary>Adds the embedded CA as provider <c>local</c>; reads the section <c>LocalCa</c>. It runs in Development unless told otherwise. Calling it twice is harmless.</summary>
    public static IAcmeBuilder AddLocalCa(this IAcmeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(LocalCaEnvironment))) return builder;

        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<LocalCaOptions>().Configure<IConfiguration>((options, configuration) => configuration.GetSection(LocalCaOptions.SectionName).Bind(options));
        services.AddSingleton<LocalCaEnvironment>();
        services.AddSingleton<IPostConfigureOptions<AcmeOptions>, LocalCaProvider>();
        services.AddSingleton<LocalCaListener>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<LocalCaListener>());
        return builder;
    }
}
