using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Management.Backups;

/// <summary>One restore: puts things where nothing is, and says where something is.</summary>
internal sealed class RestoreWork(AcmeRestoreRequest request, StateSession session, StateDirectoryOptions directory, StateLinks links)
{
    private readonly List<string> _conflicts = [];
    private readonly List<string> _replaced = [];
    private int _restored;
    private int _unchanged;

    public async Task PutAsync(BackupItem item, CancellationToken cancellationToken)
    {
        switch (item)
        {
            case BackupItem.Record record:
                await PutAsync(record.Stored, cancellationToken).ConfigureAwait(false);
                break;
            case BackupItem.Wish wish:
                Put(wish);
                break;
        }
    }

    public AcmeRestoreResult Tell(AcmeBackup backup) => new(backup) { Restored = _restored, Unchanged = _unchanged, Conflicts = _conflicts, Replaced = _replaced };

    private async Task PutAsync(StoreRecord record, CancellationToken cancellationToken)
    {
        var present = await session.ReadAsync(record.Key, cancellationToken).ConfigureAwait(false);
        if (present is { Error: null } && present.Content.HoldsTheSameAs(record.Content))
        {
            _unchanged++;
            links.Note(record);
            return;
        }

        if (present is not null && !MayReplace(record.Key)) return;
        if (present is null && !await MakeRoomAsync(record, cancellationToken).ConfigureAwait(false)) return;

        await session.WriteAsync(record.Key, record.Content, present?.Version ?? RecordVersion.Absent, cancellationToken).ConfigureAwait(false);
        _restored++;
        links.Note(record);
    }

    /// <summary>What was spent of a CA's limits stays spent, whatever is restored.</summary>
    private bool MayReplace(RecordKey key)
    {
        var mayReplace = request.Overwrite && key.Kind != RecordKind.Ledger;
        (mayReplace ? _replaced : _conflicts).Add(key.ToString());
        return mayReplace;
    }

    /// <summary>A mail address has one account at a CA: another key for the same is no second account, but one that takes the place of the first.</summary>
    private async Task<bool> MakeRoomAsync(StoreRecord record, CancellationToken cancellationToken)
    {
        if (record.Key.Kind != RecordKind.Account || AccountRemains.IsKeyAlone(record)) return true;

        var account = AccountRecord.Read(record);
        var others = new List<AccountRecord>();
        await foreach (var stored in session.ListAsync(new StoreQuery(RecordKind.Account) { Prefix = $"{new CaKey(account.DirectoryUrl).RecordName}/" }, cancellationToken).ConfigureAwait(false))
        {
            if (!AccountRemains.IsKeyAlone(stored) && BackupReader.FindFault(stored) is null && AccountRecord.Read(stored) is var other && other.Account == account.Account && other.Facts.Url != account.Facts.Url) others.Add(other);
        }

        foreach (var other in others)
        {
            if (!request.Overwrite)
            {
                _conflicts.Add($"{record.Key}, since {other.Facts.Email ?? "no mail address"} has another account there, {other.Facts.Url ?? other.Thumbprint}");
                return false;
            }

            _replaced.Add($"{other.Key}, the account {other.Facts.Url ?? other.Thumbprint}");
            await session.DeleteAsync(other.Key, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>They are each machine's own, whatever store the state is in.</summary>
    private void Put(BackupItem.Wish wish)
    {
        var folder = Path.Combine(directory.Path, wish.Folder);
        var path = Path.Combine(folder, wish.Name);
        var files = LocalFileSystem.Below(folder);
        if (files.Find(path) is { } present)
        {
            // As whoever follows the wishes reads it: a file that Kubernetes mounts is a link.
            if (present.Kind != FileEntryKind.Folder && IsSame(path, wish.Bytes.Span))
            {
                _unchanged++;
                return;
            }

            // A folder is nobody's wish, and no rename replaces it.
            var mayReplace = request.Overwrite && present.Kind != FileEntryKind.Folder;
            (mayReplace ? _replaced : _conflicts).Add($"{wish.Folder}/{wish.Name}");
            if (!mayReplace) return;
        }

        Directory.CreateDirectory(folder);
        new AtomicFiles(files, folder, AtomicFiles.HiddenPrefix).ReplaceFile(path, wish.Bytes.Span, new FileAccessRights(FileModes.PublicFile));
        _restored++;
    }

    /// <summary>What cannot be read, such as a pipe, is another thing.</summary>
    private static bool IsSame(string path, ReadOnlySpan<byte> bytes)
    {
        // One byte more than is there shows that it is longer.
        var content = new byte[bytes.Length + 1];
        try
        {
            return OperatorFile.Read(path, content) is var length && bytes.SequenceEqual(content.AsSpan(0, length));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
