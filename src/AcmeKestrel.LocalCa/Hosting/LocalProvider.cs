using Microsoft.Extensions.Options;

namespace AcmeKestrel.LocalCa.Hosting;

/// <summary>Makes the provider <c>local</c> known to the library. One that the configuration names <c>local</c> itself stays as it is.</summary>
internal sealed class LocalProvider(LocalCaHome home) : IPostConfigureOptions<AcmeOptions>
{
    private const string Name = "local";

    public void PostConfigure(string? name, AcmeOptions options)
    {
        if (!home.Settings.Enabled || options.Providers?.ContainsKey(Name) == true) return;

        // The library reads the root's file when it starts, which may be before the CA does.
        home.Open(options.StateDirectory);
        options.Providers = new Dictionary<string, AcmeProviderOptions>(options.Providers ?? [])
        {
            [Name] = new AcmeProviderOptions { Directory = home.Url.OriginalString, TrustedRootsFile = home.Folder(options.StateDirectory).RootPath, Limits = "none" },
        };
    }
}
