using System.Text;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Storage.Files;

/// <summary>Opens the state directory: checks that it is ours and nobody else's to change, makes what is missing and removes what a crash left.</summary>
internal sealed class StateDirectory(StateLayout layout, IFileSystem files, LooseModes modes, TimeProvider time, ILogger logger) : IDisposable
{
    internal const string FormatText = "acmekestrel 1\n";
    private const int SharedLockAttempts = 200;
    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private IDisposable? _inUse;
    private volatile Volume? _volume;

    /// <summary>A timestamp: it was looked at without being open. 0: never.</summary>
    private long _closedAt;

    /// <summary>As it was found when it was opened; null: it is not open. Nobody waits for that, nor asks the file system.</summary>
    public Volume? Volume => _volume;

    /// <summary>Opens it unless it is open. What failed is tried again at the next call: the operator may have mended it.</summary>
    public Volume Open()
    {
        lock (_gate)
        {
            if (_volume is not null) return _volume;

            var root = layout.Root;
            CreateWithParents(root);
            CheckFormat(root);
            foreach (var (path, mode) in layout.Folders) Require(path, mode);
            if (files.Find(layout.Desired) is null) files.CreateFolder(layout.Desired, FileModes.PublicFolder);

            files.Sync(root);
            var noLocks = VolumeTrial.FindLockFault(files, Path.Combine(layout.Locks, "trial"));
            if (noLocks is null)
            {
                // An attempt before this one may have come no further.
                _inUse?.Dispose();
                _inUse = CleanAndHold();
            }

            var volume = VolumeTrial.Run(files, layout.Temporary, root) with { NoLocks = noLocks, Temporary = files.TemporaryType(root) };
            if (volume.Describe() is { } missing) logger.VolumeLacks(root, missing);
            modes.AreHopeless = !volume.KeepsModes;
            CloseFolders();
            if (files.RemoteType(root) is { } type) logger.RemoteFileSystem(root, type);
            logger.Opened(root);
            return _volume = volume;
        }
    }

    /// <summary>Opens it where that can be done. Where nothing can be written (a full disk, a read-only volume) what is stored is served and explained all the same, and not every look tries whether that is over.</summary>
    public void OpenToLook()
    {
        if (_volume is not null || (Volatile.Read(ref _closedAt) is not 0 and var at && time.GetElapsedTime(at) < BetweenAttempts)) return;

        try
        {
            Open();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && IsOurs())
        {
            Volatile.Write(ref _closedAt, time.GetTimestamp());
        }
    }

    public void Dispose() => _inUse?.Dispose();

    /// <summary>Of a format that is known, and no link leads out of it.</summary>
    private bool IsOurs() => files.ReadFile(layout.Format) is { } format && IsKnown(format) && !layout.Folders.Any(folder => files.Find(folder.Path)?.Kind is FileEntryKind.Link);

    private static bool IsKnown(FileContent format) => Encoding.UTF8.GetString(format.Bytes).Trim() == FormatText.Trim();

    private void CheckFormat(string root)
    {
        if (files.ReadFile(layout.Format) is { } format)
        {
            if (IsKnown(format)) return;
            throw new StoreUnavailableException($"The state directory '{root}' has another format than this version knows: see the file '{layout.Format}'. Acme:StateDirectory can name another folder.");
        }

        if (files.List(root).FirstOrDefault(entry => !StateLayout.IsExpectedBeforeUse(entry.Name)) is { } foreign)
        {
            throw new StoreUnavailableException(
                $"The folder '{root}' is no state directory of AcmeKestrel and not empty (it has '{foreign.Name}'): nothing is written to it. Set Acme:StateDirectory to an empty folder or to one that does not exist.");
        }

        if (files.Find(layout.Temporary) is null) files.CreateFolder(layout.Temporary, FileModes.PrivateFolder);
        new AtomicFiles(files, layout.Temporary).ReplaceFile(layout.Format, Encoding.UTF8.GetBytes(FormatText), new FileAccessRights(FileModes.PublicFile));
    }

    /// <summary>A link here could lead the keys to wherever its maker wants them. The state directory's own path may have links: it is the operator's.</summary>
    private void Require(string path, UnixFileMode mode)
    {
        switch (files.Find(path)?.Kind)
        {
            case null:
                files.CreateFolder(path, mode);
                break;
            case FileEntryKind.Link:
                throw new StoreUnavailableException($"'{path}' is a link, and links are not followed below the state directory: put a folder in its place, or set Acme:StateDirectory to where the whole state may lie.");
        }
    }

    /// <summary>Of the state directory itself only what anybody could write: its group is the operator's choice, and how some volumes are given to a container.</summary>
    private void CloseFolders()
    {
        foreach (var (path, mode) in layout.Folders) modes.CloseFolder(path, files.Find(path)?.Mode ?? mode, mode);
        if (files.Find(layout.Root) is { Kind: FileEntryKind.Folder } root) modes.CloseFolder(layout.Root, root.Mode, ~UnixFileMode.OtherWrite);
    }

    /// <summary>tmp/ belongs to every process that has the state open: it is cleaned by one that is alone, and each holds a shared lock while it uses it.</summary>
    private IDisposable CleanAndHold()
    {
        var path = Path.Combine(layout.Locks, "tmp");
        using (var alone = files.TryLock(path, shared: false))
        {
            if (alone is not null) Clean();
        }

        // Another process may be cleaning just now.
        for (var attempt = 0; attempt < SharedLockAttempts; attempt++)
        {
            if (files.TryLock(path, shared: true) is { } held) return held;
            Thread.Sleep(10);
        }

        throw new StoreUnavailableException($"The state directory '{layout.Root}' is locked by another process ('{path}'). Acme:StateDirectory can name another folder.");
    }

    private void Clean()
    {
        foreach (var entry in files.List(layout.Temporary))
        {
            var path = Path.Combine(layout.Temporary, entry.Name);
            Remove(path);
        }

        // A command that was killed while it wrote a wish.
        foreach (var folder in layout.WishFolders.Where(folder => files.Find(folder) is { Kind: FileEntryKind.Folder }))
        {
            foreach (var name in files.ListNames(folder).Where(name => name.StartsWith(AtomicFiles.HiddenPrefix, StringComparison.Ordinal)).ToList()) Remove(Path.Combine(folder, name));
        }

        var atomic = new AtomicFiles(files, layout.Temporary);
        foreach (var kind in RecordKind.Known.Where(StateLayout.IsFolderRecord))
        {
            foreach (var folder in layout.RecordFolders(kind, files)) atomic.Recover(folder);
        }
    }

    /// <summary>What a file server keeps for itself cannot be removed, and is in nobody's way.</summary>
    private void Remove(string path)
    {
        try
        {
            files.Delete(path);
            logger.LeftoverDeleted(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private void CreateWithParents(string path)
    {
        if (files.Find(path) is not null) return;

        var parent = Path.GetDirectoryName(path);
        if (parent is not null) CreateWithParents(parent);
        files.CreateFolder(path, FileModes.PublicFolder);
        if (parent is not null) files.Sync(parent);
    }
}
