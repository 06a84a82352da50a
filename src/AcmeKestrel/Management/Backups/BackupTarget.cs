using System.Formats.Tar;
using System.IO.Compression;

namespace AcmeKestrel.Management.Backups;

/// <summary>Where a backup is written: beside its place and under another name, until all of it is there and was read again.</summary>
internal abstract class BackupTarget(string path) : IAsyncDisposable
{
    protected string Beside { get; } = $"{path}.{Guid.NewGuid():N}.part";

    public abstract Task PutAsync(BackupEntry entry, CancellationToken cancellationToken);

    /// <summary>All of it is on disk; it is read there.</summary>
    /// <returns>Where.</returns>
    public abstract Task<string> CloseAsync(CancellationToken cancellationToken);

    /// <summary>It gets its name.</summary>
    /// <exception cref="IOException">There is something of that name.</exception>
    public abstract void Publish();

    public abstract ValueTask DisposeAsync();

    public static BackupTarget Create(string path, TimeProvider time) => IsArchive(path) ? new Archive(path, time) : new Folder(path);

    public static bool IsArchive(string path) => path.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase);

    private sealed class Archive : BackupTarget
    {
        private readonly string _path;
        private readonly TimeProvider _time;
        private readonly FileStream _file;
        private readonly GZipStream _zip;
        private readonly TarWriter _tar;
        private readonly HashSet<string> _folders = new(StringComparer.Ordinal);

        public Archive(string path, TimeProvider time)
            : base(path)
        {
            (_path, _time) = (path, time);
            _file = PrivateFile.Create(Beside);
            _zip = new GZipStream(_file, CompressionLevel.Optimal, leaveOpen: true);
            _tar = new TarWriter(_zip, TarEntryFormat.Pax, leaveOpen: true);
        }

        public override async Task PutAsync(BackupEntry entry, CancellationToken cancellationToken)
        {
            for (var slash = entry.Path.IndexOf('/'); slash > 0; slash = entry.Path.IndexOf('/', slash + 1))
            {
                var folder = entry.Path[..slash];
                if (_folders.Add(folder)) await WriteAsync(TarEntryType.Directory, folder + "/", IsPublic(folder) ? BackupModes.PublicFolder : BackupModes.PrivateFolder, null, cancellationToken).ConfigureAwait(false);
            }

            await WriteAsync(TarEntryType.RegularFile, entry.Path, entry.IsSecret ? BackupModes.PrivateFile : BackupModes.PublicFile, entry.Bytes, cancellationToken).ConfigureAwait(false);
        }

        public override async Task<string> CloseAsync(CancellationToken cancellationToken)
        {
            await _tar.DisposeAsync().ConfigureAwait(false);
            await _zip.DisposeAsync().ConfigureAwait(false);
            _file.Flush(flushToDisk: true);
            await _file.DisposeAsync().ConfigureAwait(false);
            return Beside;
        }

        public override void Publish() => File.Move(Beside, _path, overwrite: false);

        public override async ValueTask DisposeAsync()
        {
            await _file.DisposeAsync().ConfigureAwait(false);
            File.Delete(Beside);
        }

        private async Task WriteAsync(TarEntryType type, string name, UnixFileMode mode, ReadOnlyMemory<byte>? bytes, CancellationToken cancellationToken)
        {
            var entry = new PaxTarEntry(type, name) { Mode = mode, ModificationTime = _time.GetUtcNow() };
            using var content = bytes is { } held ? new MemoryStream(held.ToArray(), writable: false) : null;
            if (content is not null) entry.DataStream = content;
            await _tar.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        }

        private static bool IsPublic(string folder) => folder is "certs" or "desired" or "want" || folder.StartsWith("certs/", StringComparison.Ordinal);
    }

    private sealed class Folder : BackupTarget
    {
        private readonly string _path;

        public Folder(string path)
            : base(path)
        {
            _path = path;
            if (!Directory.Exists(Path.GetDirectoryName(path))) throw new DirectoryNotFoundException($"There is no folder '{Path.GetDirectoryName(path)}'.");
            Create(Beside);
        }

        public override async Task PutAsync(BackupEntry entry, CancellationToken cancellationToken)
        {
            var file = Path.Combine(Beside, entry.Path.Replace('/', Path.DirectorySeparatorChar));
            Create(Path.GetDirectoryName(file)!);
            await PrivateFile.CreateAsync(file, entry.Bytes, cancellationToken).ConfigureAwait(false);
        }

        public override Task<string> CloseAsync(CancellationToken cancellationToken) => Task.FromResult(Beside);

        public override void Publish() => Directory.Move(Beside, _path);

        public override ValueTask DisposeAsync()
        {
            if (Directory.Exists(Beside)) Directory.Delete(Beside, recursive: true);
            return ValueTask.CompletedTask;
        }

        /// <summary>Parent by parent, since a mode is given to the last one only.</summary>
        private static void Create(string folder)
        {
            if (Directory.Exists(folder)) return;
            if (Path.GetDirectoryName(folder) is { Length: > 0 } parent) Create(parent);
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, BackupModes.PrivateFolder);
        }
    }
}

/// <summary>What files of a backup may have.</summary>
internal static class BackupModes
{
    public const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode PublicFile = PrivateFile | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    public const UnixFileMode PrivateFolder = PrivateFile | UnixFileMode.UserExecute;
    public const UnixFileMode PublicFolder = PublicFile | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
}
