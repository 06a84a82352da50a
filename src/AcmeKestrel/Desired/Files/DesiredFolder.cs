using AcmeKestrel.Certificates;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired.Files;

/// <summary><c>&lt;state&gt;/desired/</c>: a file is one certificate.</summary>
internal sealed class DesiredFolder(StateDirectoryOptions state, IFolderWatcher watcher, TimeProvider time, ILogger<DesiredFolder> logger) : IIncrementalDesiredCertificateSource, IDisposable
{
    public const string FolderName = "desired";

    private readonly WatchedFolder _folder = new(Path.Combine(state.Path, FolderName), new DesiredFile(), watcher, time, logger);

    public AcmeWishSource Source => AcmeWishSource.Desired;

    public IChangeToken GetChangeToken() => _folder.GetChangeToken();

    public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken) => _folder.ListAsync(cancellationToken);

    public ValueTask<DesiredChanges> ListChangesAsync(string? since, CancellationToken cancellationToken) => _folder.ListChangesAsync(since, cancellationToken);

    public void Dispose() => _folder.Dispose();
}
