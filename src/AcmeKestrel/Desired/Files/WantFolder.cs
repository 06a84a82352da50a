using AcmeKestrel.Certificates;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired.Files;

/// <summary><c>&lt;state&gt;/want/</c>: a file is any number of certificates, a section each.</summary>
internal sealed class WantFolder(StateDirectoryOptions state, IFolderWatcher watcher, TimeProvider time, ILogger<WantFolder> logger) : IIncrementalDesiredCertificateSource, IDisposable
{
    public const string FolderName = "want";

    private readonly WatchedFolder _folder = new(Path.Combine(state.Path, FolderName), new WantFile(), watcher, time, logger);

    public AcmeWishSource Source => AcmeWishSource.Want;

    public IChangeToken GetChangeToken() => _folder.GetChangeToken();

    public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken) => _folder.ListAsync(cancellationToken);

    public ValueTask<DesiredChanges> ListChangesAsync(string? since, CancellationToken cancellationToken) => _folder.ListChangesAsync(since, cancellationToken);

    public void Dispose() => _folder.Dispose();
}
