using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Management.Backups;

/// <summary>All that a backup keeps of a state, while whoever has it works on.</summary>
internal static class StateItems
{
    /// <param name="folder">Of this machine: what is wished there is in no store.</param>
    public static async IAsyncEnumerable<BackupItem> ReadAsync(IAcmeStore store, StateDirectoryOptions folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var wish in WishFiles.Read(folder.Path)) yield return wish;

        // Those of other versions first: whatever they are, they come of nothing that is read later.
        foreach (var kind in OtherKinds(store).Concat(BackupPaths.Kinds))
        {
            await foreach (var record in ReadAsync(store, kind, cancellationToken).ConfigureAwait(false))
            {
                yield return BackupReader.FindFault(record) is { } fault ? new BackupItem.Damaged(fault) : new BackupItem.Record(record);
            }
        }
    }

    /// <summary>Listed until nothing is new, and twice at least: what moved to another name while it was read (an account with another key) is there under one of both, though one list may have met neither.</summary>
    private static async IAsyncEnumerable<StoreRecord> ReadAsync(IAcmeStore store, RecordKind kind, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var (list, isNew) = (1, true); isNew || list <= 2; list++)
        {
            isNew = false;
            await foreach (var key in KeysAsync(store, kind, cancellationToken).ConfigureAwait(false))
            {
                if (!seen.Add(key.Name)) continue;

                isNew = true;
                if (await store.ReadAsync(key, cancellationToken).ConfigureAwait(false) is { } record) yield return record;
            }
        }
    }

    /// <summary>Names alone may be those of links, and where accounts are there are as many of these; there are few accounts.</summary>
    private static async IAsyncEnumerable<RecordKey> KeysAsync(IAcmeStore store, RecordKind kind, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var query = new StoreQuery(kind);
        if (kind == RecordKind.Account)
        {
            await foreach (var record in store.ListAsync(query, cancellationToken).ConfigureAwait(false)) yield return record.Key;
            yield break;
        }

        await foreach (var entry in store.ListEntriesAsync(query, cancellationToken).ConfigureAwait(false)) yield return entry.Key;
    }

    /// <summary>Kinds that this version does not know, as far as the store can tell which there are.</summary>
    public static IEnumerable<RecordKind> OtherKinds(IAcmeStore store)
    {
        if (store.FindAbility<IStateFolder>()?.Root is not { } root) yield break;

        foreach (var entry in LocalFileSystem.Below(root).List(new StateLayout(root).Others).Where(entry => entry.Kind == FileEntryKind.Folder))
        {
            if (BackupPaths.OtherKind(entry.Name) is { } kind) yield return kind;
        }
    }
}
