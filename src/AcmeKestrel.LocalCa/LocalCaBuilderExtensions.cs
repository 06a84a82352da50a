using AcmeKestrel;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Hosting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the embedded CA: <c>builder.Services.AddAcme().AddLocalCa()</c>.</summary>
public static class LocalCaBuilderExtensions
{
    /// <summary>
    /// Adds an ACME CA for development, known to the library as the provider <c>local</c>. It reads the configuration section <c>LocalCa</c>, runs in Development unless told otherwise,
    /// listens and probes on loopback only, and issues for <c>localhost</c>, <c>*.localhost</c>, <c>*.test</c> and loopback addresses. Calling it twice is harmless.
    /// </summary>
    public static IAcmeBuilder AddLocalCa(this IAcmeBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<LocalCaOptions>().BindConfiguration(LocalCaOptions.SectionName, binder => binder.ErrorOnUnknownConfiguration = true);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<LocalCaHome>();
        services.TryAddSingleton<AppPorts>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<AcmeOptions>, LocalProvider>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, LocalCaService>());
        return builder;
    }
}
