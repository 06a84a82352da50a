using System.Runtime.CompilerServices;
using System.Text;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Management.Backups;

/// <summary>A backup's files as what they mean, each whole or named.</summary>
internal static class BackupReader
{
    /// <exception cref="StoreUnavailableException">It cannot be read, or is no backup.</exception>
    public static async IAsyncEnumerable<BackupItem> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (isOurs, seen) = (false, new HashSet<string>(StringComparer.Ordinal));
        (RecordKind Kind, string Path)? open = null;
        var parts = new List<(string Name, ReadOnlyMemory<byte> Bytes)>();
        await foreach (var entry in BackupSource.ReadAsync(path, cancellationToken).ConfigureAwait(false))
        {
            var place = BackupPaths.PlaceOf(entry.Path);
            if (open is { } ended && (place is not BackupPlace.OfRecord { Part: not null } next || next.Path != ended.Path))
            {
                if (Folder(ended.Kind, ended.Path, parts) is { } whole) yield return whole;
                (open, parts) = (null, []);
            }

            switch (place)
            {
                case BackupPlace.OfFormat:
                    if (Encoding.UTF8.GetString(entry.Bytes.Span).Trim() != StateDirectory.FormatText.Trim()) throw BackupSource.Refused(path, "it has another format than this version knows");
                    isOurs = true;
                    break;
                case BackupPlace.OfWish wish:
                    yield return new BackupItem.Wish(wish.Folder, wish.Name, entry.Bytes);
                    break;
                case BackupPlace.OfRecord { Part: { } part } record:
                    if (open is null && !seen.Add(record.Path)) throw BackupSource.Refused(path, $"it has {record.Path} in two places");
                    open = (record.Kind, record.Path);
                    if (parts.Exists(other => other.Name == part)) throw BackupSource.Refused(path, $"it has {entry.Path} twice");
                    parts.Add((part, entry.Bytes));
                    break;
                case BackupPlace.OfRecord record:
                    if (!seen.Add(record.Path)) throw BackupSource.Refused(path, $"it has {record.Path} twice");
                    yield return File(record.Kind, record.Path, entry.Bytes);
                    break;
            }
        }

        if (open is { } last && Folder(last.Kind, last.Path, parts) is { } item) yield return item;
        if (!isOurs) throw BackupSource.Refused(path, $"it has no file {BackupPaths.Format}, which every state has");
    }

    /// <summary>Null: it can be used.</summary>
    public static string? FindFault(StoreRecord record)
    {
        if (record.Error is { } error) return error;

        try
        {
            if (record.Key.Kind == RecordKind.Certificate) GenerationRecord.Read(record);
            if (record.Key.Kind == RecordKind.Account && !AccountRemains.IsKeyAlone(record)) return FindFault(AccountRecord.Read(record));
            return null;
        }
        catch (DamagedRecordException damaged)
        {
            return damaged.Message;
        }
    }

    private static string? FindFault(AccountRecord account)
    {
        using var key = account.OpenKey();
        if (account.NextPrivateKeyPem is not null) account.OpenNextKey().Dispose();
        return key.Thumbprint == account.Thumbprint ? null : $"{account.Key}: it holds another key, {key.Thumbprint}";
    }

    private static BackupItem File(RecordKind kind, string path, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return Checked(BackupPaths.ReadFile(kind, path, bytes));
        }
        catch (DamagedRecordException damaged)
        {
            return new BackupItem.Damaged(damaged.Message);
        }
    }

    private static BackupItem? Folder(RecordKind kind, string path, List<(string Name, ReadOnlyMemory<byte> Bytes)> parts)
    {
        try
        {
            return BackupPaths.ReadFolder(kind, path, parts) is { } record ? Checked(record) : null;
        }
        catch (DamagedRecordException damaged)
        {
            return new BackupItem.Damaged(damaged.Message);
        }
    }

    private static BackupItem Checked(StoreRecord record) => FindFault(record) is { } fault ? new BackupItem.Damaged(fault) : new BackupItem.Record(record);
}
