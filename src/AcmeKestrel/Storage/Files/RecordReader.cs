using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage.Engine;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Storage.Files;

/// <summary>Reads records from the state directory. What is damaged, or cannot be read now, comes back with an error that names the file: it is never lost and never in the way of the others.</summary>
/// <param name="keyMode">What a certificate's key may have: a group's access only where one is configured.</param>
internal sealed class RecordReader(StateLayout layout, IFileSystem files, LooseModes modes, UnixFileMode keyMode, ILogger logger)
{
    /// <summary>In a folder whose name was cut: the record's whole name. No part can have this name.</summary>
    public const string NameFile = "_name";

    /// <summary>What follows it in the name of an empty file is the stamp of the write. A file's name, since it costs no block on the disk, and no read.</summary>
    public const string StampFile = "_version.";

    public StoreRecord? Read(RecordKey key) => ReadAt(key.Kind, layout.PathOf(key), key.Name);

    /// <summary>Where records may be that the query is for, in the order of their names. Of a prefix no other one is looked at.</summary>
    public List<RecordPlace> Places(StoreQuery query)
    {
        var places = query.Prefix is null
            ? Places(query.Kind).Where(place => query.Includes(place.Key.Name))
            : Names(query.Kind).Where(query.Includes).Select(name => PlaceOf(new RecordKey(query.Kind, name)));
        return [.. places.OrderBy(place => place.Key.Name, RecordKey.NameOrder)];
    }

    public RecordPlace PlaceOf(RecordKey key) => new(key, layout.PathOf(key));

    /// <summary>What is there; null: no record.</summary>
    public StoreRecord? ReadAt(RecordPlace place) => ReadAt(place.Key.Kind, place.Path, place.Key.Name);

    /// <summary>The same where the names of the files are all that is known: a link in a record's place is none of the store's.</summary>
    public StoreRecord? ReadThere(RecordPlace place) => IsThere(place.Key) ? ReadAt(place) : null;

    /// <summary>What is told of one whose reading hangs.</summary>
    public static StoreRecord Late(RecordPlace place) => Unread(Damaged(place.Key.Kind, place.Path, place.Key.Name, [], ""), place.Path, "the disk, or the file server, does not answer");

    /// <summary>By the names of the files alone; in the order of their names where only some are wanted.</summary>
    public IEnumerable<StoreEntry> Entries(StoreQuery query)
    {
        var names = Names(query.Kind).Where(query.Includes);
        if (query.Limit is not null || query.After is not null) names = names.Order(RecordKey.NameOrder).Take(query.Limit ?? int.MaxValue);
        return names.Select(name => new StoreEntry(new RecordKey(query.Kind, name)));
    }

    /// <summary>By group, the name that comes last.</summary>
    public Dictionary<string, string> Heads(RecordKind kind)
    {
        var heads = new Dictionary<string, string>(StringComparer.Ordinal);
        var byGroup = heads.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var name in AllNames(kind))
        {
            var group = RecordRules.GroupOf(name);
            if (!byGroup.TryGetValue(group, out var head) || RecordKey.NameOrder.Compare(head, name) < 0) byGroup[group] = name;
        }

        return heads;
    }

    private HashSet<string> Names(RecordKind kind) => AllNames(kind).ToHashSet(StringComparer.Ordinal);

    /// <summary>What the names of the files say alone: one may be no record after all, such as a link, and one may be there twice. Records with cut names are read.</summary>
    private IEnumerable<string> AllNames(RecordKind kind)
    {
        foreach (var folder in layout.RecordFolders(kind, files))
        {
            foreach (var entry in files.ListNames(folder))
            {
                var fileName = entry.EndsWith(AtomicFiles.Aside, StringComparison.Ordinal) ? entry[..^AtomicFiles.Aside.Length] : entry;
                if (!StateLayout.TryName(kind, folder, fileName, out var name)) continue;
                if ((name ?? ReadAt(kind, Path.Combine(folder, fileName), null)?.Key.Name) is { } found) yield return found;
            }
        }
    }

    /// <summary>One part, where it can be had without looking at the others; without its bytes where only the whole record can tell. Null where there is no such record.</summary>
    public StorePart? ReadPart(RecordKey key, string part)
    {
        if (!IsThere(key)) return null;
        try
        {
            if (StateLayout.IsFolderRecord(key.Kind) && files.ReadFile(Path.Combine(layout.PathOf(key), part)) is { } file) return new StorePart(key, file.Bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new StorePart(key, null);
        }

        return Read(key) is { } record ? StorePart.Of(record, part) : null;
    }

    /// <summary>Some parts where that needs no waiting, and no mending of who may read them; null else.</summary>
    public RecordContent? TryReadAtHand(RecordKey key, IReadOnlyList<string> parts)
    {
        if (!StateLayout.IsFolderRecord(key.Kind) || layout.HidesName(key) || files.TryReadAtHand(layout.PathOf(key), parts) is not { } found) return null;
        if (modes.IsLoose(found.Mode, StateLayout.FolderMode(key.Kind)) || found.Files.Any(file => IsKey(file.Name) && modes.IsLoose(file.Mode, KeyMode(key.Kind)))) return null;

        return new RecordContent([.. found.Files.Select(file => new RecordPart(file.Name, file.Bytes, IsKey(file.Name)))]);
    }

    /// <summary>Where the records are; cut names need a look inside.</summary>
    private List<RecordPlace> Places(RecordKind kind)
    {
        var places = new List<RecordPlace>();
        foreach (var folder in layout.RecordFolders(kind, files))
        {
            var entries = files.List(folder);
            foreach (var entry in entries.Where(entry => entry.Kind != FileEntryKind.Link))
            {
                var isFolder = entry.Kind == FileEntryKind.Folder;
                var isAside = isFolder && entry.Name.EndsWith(AtomicFiles.Aside, StringComparison.Ordinal);
                var fileName = isAside ? entry.Name[..^AtomicFiles.Aside.Length] : entry.Name;
                var path = Path.Combine(folder, fileName);
                if (isFolder != StateLayout.IsFolderRecord(kind) || !StateLayout.TryName(kind, folder, fileName, out var name))
                {
                    if (!VolumeStrangers.Includes(entry.Name)) logger.UnknownFile(Path.Combine(folder, entry.Name));
                    continue;
                }

                if (isAside && entries.Any(other => other.Name == fileName)) continue;

                name ??= ReadAt(kind, path, null)?.Key.Name;
                if (name is not null) places.Add(new RecordPlace(new RecordKey(kind, name), path));
            }
        }

        return places;
    }

    private bool IsThere(RecordKey key)
    {
        var path = layout.PathOf(key);
        var entry = files.Find(path) ?? (StateLayout.IsFolderRecord(key.Kind) ? files.Find(path + AtomicFiles.Aside) : null);
        return entry is not null && entry.Kind != FileEntryKind.Link && entry.Kind == FileEntryKind.Folder == StateLayout.IsFolderRecord(key.Kind);
    }

    private StoreRecord? ReadAt(RecordKind kind, string path, string? name)
    {
        try
        {
            return StateLayout.IsFolderRecord(kind) ? ReadFolder(kind, path, name) : ReadFile(kind, path, name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && !FileErrors.LackHandles(e))
        {
            var record = Damaged(kind, path, name, [], e.Message);
            return FileErrors.MayPass(e) ? Unread(record, path, e.Message) : record;
        }
    }

    private static StoreRecord Unread(StoreRecord record, string path, string reason) => record with { Error = $"{path} cannot be read now: {reason}", IsUnread = true };

    private StoreRecord? ReadFile(RecordKind kind, string path, string? name)
    {
        if (files.ReadFile(path) is not { } file) return null;
        modes.CloseKey(path, file.Mode, FileModes.PrivateFile);
        try
        {
            var (found, stamp, content) = RecordFile.Read(file.Bytes);
            var key = new RecordKey(kind, found);
            if (name is null && layout.PathOf(key) == path) name = found;
            if (name != found) throw new FormatException($"it holds the record '{found}'");
            return new StoreRecord(key, RecordFile.VersionOf(stamp, content), content);
        }
        catch (FormatException e)
        {
            return Damaged(kind, path, name, [new RecordPart("damaged", file.Bytes, secret: true)], e.Message);
        }
    }

    private StoreRecord? ReadFolder(RecordKind kind, string path, string? name)
    {
        // In the moment between two renames the old content lies aside.
        if ((files.ReadFolder(path) ?? files.ReadFolder(path + AtomicFiles.Aside) ?? files.ReadFolder(path)) is not { } found) return null;

        modes.CloseFolder(path, found.Mode, StateLayout.FolderMode(kind));
        var parts = new List<RecordPart>();
        string? error = null;
        var stamp = "";
        foreach (var file in found.Files.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            if (file.Name == NameFile)
            {
                var whole = System.Text.Encoding.UTF8.GetString(file.Bytes);
                if (RecordRules.HasForm(new RecordKey(kind, whole)) && layout.PathOf(new RecordKey(kind, whole)) == path) name ??= whole;
            }
            else if (file.Name.StartsWith(StampFile, StringComparison.Ordinal))
            {
                stamp += file.Name[StampFile.Length..];
            }
            else if (!RecordRules.IsPartName(file.Name))
            {
                if (!VolumeStrangers.Includes(file.Name)) logger.UnknownFile(Path.Combine(path, file.Name));
            }
            else
            {
                var isKey = IsKey(file.Name);
                if (isKey) modes.CloseKey(Path.Combine(path, file.Name), file.Mode, KeyMode(kind));
                error ??= file.Error;
                parts.Add(new RecordPart(file.Name, file.Bytes, isKey || (file.Mode & UnixFileMode.OtherRead) == 0));
            }
        }

        if (name is null) error ??= $"the file {NameFile} is missing or wrong";
        error ??= StateLayout.RequiredParts(kind).FirstOrDefault(part => parts.All(present => present.Name != part)) is { } missing ? $"the file {missing} is missing" : null;
        if (error is not null) return Damaged(kind, path, name, parts, error);

        var content = new RecordContent(parts);
        return new StoreRecord(new RecordKey(kind, name!), RecordFile.VersionOf(stamp, content), content);
    }

    private static StoreRecord Damaged(RecordKind kind, string path, string? name, List<RecordPart> parts, string reason)
    {
        var content = new RecordContent(parts);
        return new StoreRecord(new RecordKey(kind, name ?? Path.GetFileName(path)), RecordFile.VersionOf("", content), content) { Error = $"{path} is damaged: {reason}" };
    }

    private UnixFileMode KeyMode(RecordKind kind) => kind == RecordKind.Certificate ? keyMode : FileModes.PrivateFile;

    /// <summary>privkey and privkey.next.</summary>
    private static bool IsKey(string part) => part == "privkey" || part.StartsWith("privkey.", StringComparison.Ordinal);
}
