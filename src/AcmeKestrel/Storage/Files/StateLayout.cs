using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Storage.Files;

/// <summary>Where records lie below the state directory (docs/operations.md, "Where things are").</summary>
internal sealed class StateLayout(string root)
{
    private const string Extension = ".json";
    private const int ThumbprintLength = 43;

    /// <summary>Kinds that this version knows have a folder each.</summary>
    private static readonly Dictionary<RecordKind, string> OwnFolders = new()
    {
        [RecordKind.Account] = "accounts",
        [RecordKind.Certificate] = "certs",
        [RecordKind.Schedule] = "schedule",
        [RecordKind.Order] = "orders",
        [RecordKind.Revocation] = "revocations",
        [RecordKind.Answer] = "answers",
        [RecordKind.Wish] = "wishes",
        [RecordKind.Ledger] = "ledger",
        [RecordKind.HookDelivery] = "deliveries",
        [RecordKind.DnsLeftover] = "dns",
        [RecordKind.Request] = "requests",
        [RecordKind.OnDemand] = "on-demand",
    };

    public string Root { get; } = root;

    public string Format => Path.Combine(Root, "format");

    public string Temporary => Path.Combine(Root, "tmp");

    public string Locks => Path.Combine(Root, "locks");

    /// <summary>What can be made again from the records: a start reads one file instead of thousands.</summary>
    public string Index => Path.Combine(Root, "index");

    public string Accounts => FolderOf(RecordKind.Account);

    public string Certificates => FolderOf(RecordKind.Certificate);

    /// <summary>Records of kinds that this version does not know, a folder for each kind.</summary>
    public string Others => Path.Combine(Root, "records");

    /// <summary>The operator's own; the store makes it, so that a file can be dropped into it, and touches nothing in it.</summary>
    public string Desired => Path.Combine(Root, "desired");

    /// <summary>Where wishes lie, whether the folders are there or not.</summary>
    public IEnumerable<string> WishFolders => [Desired, Path.Combine(Root, "want")];

    /// <summary>Every folder that is the store's alone, and its mode. Programs outside must reach certs/, and nothing else.</summary>
    public IEnumerable<(string Path, UnixFileMode Mode)> Folders =>
        [(Temporary, FileModes.PrivateFolder), (Locks, FileModes.PrivateFolder), (Index, FileModes.PrivateFolder), (Others, FileModes.PrivateFolder), .. OwnFolders.Keys.Select(kind => (FolderOf(kind), FolderMode(kind)))];

    /// <summary>What may lie in a state directory before its first use: folders that others make.</summary>
    public static bool IsExpectedBeforeUse(string name) => name is "tmp" or "desired" or "want" or "local-ca" or LocalCopy.Folder || VolumeStrangers.Includes(name);

    public static bool IsFolderRecord(RecordKind kind) => kind == RecordKind.Account || kind == RecordKind.Certificate;

    public static UnixFileMode FolderMode(RecordKind kind) => kind == RecordKind.Certificate ? FileModes.PublicFolder : FileModes.PrivateFolder;

    /// <summary>Parts without which a record of this kind is damaged.</summary>
    public static IReadOnlyList<string> RequiredParts(RecordKind kind) =>
        kind == RecordKind.Account ? ["privkey"] : kind == RecordKind.Certificate ? ["fullchain", "privkey"] : [];

    /// <summary>The part of this kind's records that the index holds; null: it holds none.</summary>
    public static string? IndexedPart(RecordKind kind) => kind == RecordKind.Certificate ? "meta.json" : null;

    public string FolderOf(RecordKind kind) => OwnFolders.TryGetValue(kind, out var own) ? Path.Combine(Root, own) : Path.Combine(Others, kind.Name);

    public string PathOf(RecordKey key)
    {
        if (key.Kind == RecordKind.Account) return AccountPath(key.Name);
        return Path.Combine(FolderOf(key.Kind), IsFolderRecord(key.Kind) ? FileNames.Map(key.Name) : FileNames.Map(key.Name) + Extension);
    }

    /// <summary>Whether the path was cut, so that the record itself must tell its name.</summary>
    public bool HidesName(RecordKey key) => PathOf(key)[(Root.Length + 1)..].Contains('~');

    /// <summary>The link that shows a label's current generation. No record's folder lacks the <c>@</c>.</summary>
    public string LinkPath(string label) => Path.Combine(Certificates, FileNames.Map(label).Replace("@", "%40", StringComparison.Ordinal));

    /// <summary>The folders that hold a kind's records: the authorities' for accounts.</summary>
    public IEnumerable<string> RecordFolders(RecordKind kind, IFileSystem files) => kind == RecordKind.Account
        ? files.List(Accounts).Where(entry => entry.Kind == FileEntryKind.Folder).Select(entry => Path.Combine(Accounts, entry.Name))
        : [FolderOf(kind)];

    /// <summary>The name of the record that lies here: false = no file of the store; a null name = it was cut, the record tells it.</summary>
    public static bool TryName(RecordKind kind, string folder, string fileName, out string? name)
    {
        name = null;
        if (!IsFolderRecord(kind))
        {
            if (!fileName.EndsWith(Extension, StringComparison.Ordinal)) return false;
            fileName = fileName[..^Extension.Length];
        }

        if (FileNames.IsCut(fileName)) return true;

        // As many of these as there are certificates are links.
        if (kind == RecordKind.Certificate && !fileName.Contains('@')) return false;

        if (kind != RecordKind.Account)
        {
            name = FileNames.Unmap(fileName);
        }
        else
        {
            var authority = Path.GetFileName(folder);
            if (FileNames.IsCut(authority)) return true;
            if (FileNames.Unmap(authority) is { } ca && UnmapThumbprint(fileName) is { } thumbprint) name = $"{ca}/{thumbprint}";
        }

        return name is not null && RecordRules.HasForm(new RecordKey(kind, name));
    }

    /// <summary>The authority's host and path are one folder, the thumbprint another.</summary>
    private string AccountPath(string name)
    {
        var slash = name.LastIndexOf('/');
        return Path.Combine(Accounts, FileNames.Map(name[..slash]), MapThumbprint(name[(slash + 1)..]));
    }

    /// <summary>A base64url thumbprint (RFC 7638) stays readable: two that differ in case alone are two hashes that collide.</summary>
    private static string MapThumbprint(string text) => IsThumbprint(text) ? text : FileNames.Map(text);

    private static string? UnmapThumbprint(string fileName) => IsThumbprint(fileName) ? fileName : FileNames.Unmap(fileName);

    private static bool IsThumbprint(string text) => text.Length == ThumbprintLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
