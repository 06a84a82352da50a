namespace AcmeKestrel.Desired.Files;

/// <summary>A folder watched by the platform: inotify on Linux, one watch for it and one for the folder above, whose word tells that it is another one now.</summary>
internal sealed class FolderWatcher : IFolderWatcher
{
    /// <summary>What such a volume tells is what this machine does to it, and mostly another one does.</summary>
    private static readonly string[] FromElsewhere = ["fuse", "9p", "v9fs", "virtiofs", "vboxsf", "prl_fs", "vmhgfs"];

    public IDisposable Watch(string folder, IFolderListener listener)
    {
        if (!Directory.Exists(Path.GetDirectoryName(folder))) throw new DirectoryNotFoundException($"There is no {Path.GetDirectoryName(folder)}.");
        if (DriveOf(folder) is { } drive && ReasonAgainst(drive.Type, drive.Format) is { } reason) throw new IOException(reason);

        var watch = new Watched(listener);
        try
        {
            watch.Add(Path.GetDirectoryName(folder)!, Path.GetFileName(folder), _ => listener.Lost(null));
            if (Directory.Exists(folder)) watch.Add(folder, "*", listener.Touched);
            return watch;
        }
        catch (Exception failure) when (failure is ArgumentException or UnauthorizedAccessException)
        {
            // A folder that went meanwhile is a wrong argument.
            watch.Dispose();
            throw new IOException(failure.Message, failure);
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    /// <summary>Null: changes are made on this machine, and told.</summary>
    public static string? ReasonAgainst(DriveType type, string format) =>
        type == DriveType.Network || FromElsewhere.Any(known => format.StartsWith(known, StringComparison.OrdinalIgnoreCase))
            ? $"another machine may change it unseen ({format})"
            : null;

    private static (DriveType Type, string Format)? DriveOf(string folder)
    {
        try
        {
            var drive = new DriveInfo(Directory.Exists(folder) ? folder : Path.GetDirectoryName(folder)!);
            return (drive.DriveType, drive.DriveFormat);
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private sealed class Watched(IFolderListener listener) : IDisposable
    {
        private readonly List<FileSystemWatcher> _watchers = [];

        /// <summary>What failed before the watch had begun is no loss of it.</summary>
        private Exception? _failure;

        public void Add(string folder, string filter, Action<string> tell)
        {
            // Neither reading a file nor what becomes of folders below is told.
            var watcher = new FileSystemWatcher(folder, filter) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | (filter == "*" ? NotifyFilters.LastWrite | NotifyFilters.Size : 0) };
            _watchers.Add(watcher);
            watcher.Created += Tell;
            watcher.Changed += Tell;
            watcher.Deleted += Tell;
            watcher.Renamed += (_, renamed) =>
            {
                if (renamed.OldName is { } former) tell(former);
                if (renamed.Name is { } name) tell(name);
            };
            watcher.Error += (_, error) => Fail(error.GetException());
            watcher.EnableRaisingEvents = true;
            if (_failure is { } failure) throw new IOException(failure.Message, failure);

            void Tell(object sender, FileSystemEventArgs happened)
            {
                if (happened.Name is { } name) tell(name);
            }
        }

        public void Dispose()
        {
            foreach (var watcher in _watchers) watcher.Dispose();
        }

        private void Fail(Exception failure)
        {
            if (failure is InternalBufferOverflowException)
            {
                listener.Missed();
                return;
            }

            _failure = failure;
            listener.Lost(failure is FileNotFoundException or DirectoryNotFoundException ? null : failure.Message);
        }
    }
}
