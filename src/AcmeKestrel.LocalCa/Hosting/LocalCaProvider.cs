using Microsoft.Extensions.Options;

namespace AcmeKestrel.LocalCa.Hosting;

/// <summary>Makes the provider <c>local</c> known to the library.</summary>
internal sealed class LocalCaProvider(LocalCaEnvironment environment) : IPostConfigureOptions<AcmeOptions>
{
    public void PostConfigure(string? name, AcmeOptions options)
    {
        var folder = environment.FolderFor(options.StateDirectory);
        if (!environment.Settings.Enabled) return;

        options.Providers ??= [];
        options.Providers.TryAdd("local", new AcmeProviderOptions { Directory = environment.Settings.DirectoryUrl, TrustedRootsFile = folder.RootFile });
    }
}
