using System.Text;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Storage.Files;

/// <summary>Opens the state directory: checks that it is ours, makes what is missing and removes what a crash left.</summary>
internal sealed class StateDirectory(StateLayout layout, IFileSystem files, ILogger logger) : IDisposable
{
    private const string FormatText = "acmekestrel 1\n";
    private const int SharedLockAttempts = 200;
    private readonly Lock _gate = new();
    private IDisposable? _inUse;

    /// <summary>Opens it unless it is open. What failed is tried again at the next call: the operator may have mended it.</summary>
    public void Open()
    {
        lock (_gate)
        {
            if (_inUse is not null) return;

            var root = layout.Root;
            CreateWithParents(root);
            CheckFormat(root);
            foreach (var (path, mode) in layout.Folders)
            {
                if (files.Find(path) is null) files.CreateFolder(path, mode);
            }

            files.Sync(root);
            _inUse = CleanAndHold();
            if (files.RemoteType(root) is { } type) logger.RemoteFileSystem(root, type);
            logger.Opened(root);
        }
    }

    public void Dispose() => _inUse?.Dispose();

    private void CheckFormat(string root)
    {
        if (files.ReadFile(layout.Format) is { } format)
        {
            if (Encoding.UTF8.GetString(format).Trim() == FormatText.Trim()) return;
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
            logger.LeftoverDeleted(path);
            files.Delete(path);
        }

        var atomic = new AtomicFiles(files, layout.Temporary);
        foreach (var kind in Enum.GetValues<RecordKind>().Where(StateLayout.IsFolderRecord))
        {
            foreach (var folder in layout.RecordFolders(kind, files)) atomic.Recover(folder);
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
