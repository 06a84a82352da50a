using AcmeKestrel.LocalCa.Issuing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.LocalCa.Hosting;

/// <summary>The CA's settings in this application, and its folder once the state directory is known.</summary>
internal sealed class LocalCaEnvironment(IOptions<LocalCaOptions> options, IHostEnvironment host, TimeProvider time)
{
    private AuthorityFolder? _folder;

    public LocalCaSettings Settings { get; } = LocalCaSettings.Parse(options.Value, host.IsDevelopment());

    public AuthorityFolder Folder => _folder ?? throw new InvalidOperationException("The Acme options have not been read.");

    /// <summary>The folder for this state directory, as configured.</summary>
    public AuthorityFolder FolderFor(string? stateDirectory) =>
        _folder ??= new AuthorityFolder(Settings.Directory ?? Path.Combine(AcmeStateDirectory.Resolve(stateDirectory, host.ApplicationName), "local-ca"), time);
}
