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
    /// <remarks>
    /// While the app runs, its services hold the CA itself, <see cref="LocalCaServer"/>, with its directory's URL and its root. A test makes it misbehave with
    /// <c>services.Configure&lt;LocalCaServerOptions&gt;(...)</c>, called after this.
    /// </remarks>
    public static IAcmeBuilder AddLocalCa(this IAcmeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var services = builder.Services;
        services.AddOptions<LocalCaOptions>().BindConfiguration(LocalCaOptions.SectionName, binder => binder.ErrorOnUnknownConfiguration = true);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<LocalCaHome>();
        services.TryAddSingleton<AppPorts>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<AcmeOptions>, LocalProvider>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<LocalCaServerOptions>, HostedBehaviour>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<LocalCaServerOptions>, HostedBehaviour>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, LocalCaService>());
        services.TryAddSingleton(Running);
        return builder;
    }

    private static LocalCaServer Running(IServiceProvider services) => services.GetServices<IHostedService>().OfType<LocalCaService>().Single().Server
        ?? throw new InvalidOperationException("The local CA does not run. It starts with the app, in Development or where LocalCa:Enabled is true; if it could not, the log tells why.");
}
