using System.Text;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Management.Backups;

/// <summary>
/// Which file of a backup is what. A backup has the layout of a state directory, whatever store it is of: unpacked by hand it is one. Pure, and every path is hostile: none is ever joined to another one, a record's is made anew
/// from the record's name.
/// </summary>
internal static class BackupPaths
{
    public const string Format = "format";

    private const string Root = "/state";
    private const string NameFile = "_name";
    private const string Others = "records";
    private const int LongestPath = 1000;

    private static readonly StateLayout Layout = new(Root);

    /// <summary>Nobody needs them later: what was asked is over by then, and so is what a CA was to be shown.</summary>
    private static readonly RecordKind[] Passing = [RecordKind.Request, RecordKind.Answer];

    /// <summary>
    /// Kinds in the order in which they are read: an order before the certificate that comes of it, and before the account that it is made with, since those are there before they are told of. So whatever a server does meanwhile,
    /// nothing is in none of both.
    /// </summary>
    public static IReadOnlyList<RecordKind> Kinds { get; } =
        [RecordKind.Order, .. RecordKind.Known.Except(Passing).Except([RecordKind.Order, RecordKind.Certificate, RecordKind.Account]), RecordKind.Certificate, RecordKind.Account];

    /// <summary>Folders of files that are the operator's.</summary>
    public static IReadOnlyList<string> WishFolders { get; } = ["desired", "want"];

    public static IEnumerable<BackupEntry> EntriesOf(StoreRecord record)
    {
        var path = PathOf(record.Key);
        if (!StateLayout.IsFolderRecord(record.Key.Kind)) return [new BackupEntry(path, RecordFile.Write(record.Key.Name, RecordFile.NewStamp(), record.Content))];

        var parts = record.Content.Parts.Select(part => new BackupEntry($"{path}/{part.Name}", part.Bytes, part.Secret));
        return Layout.HidesName(record.Key) ? parts.Append(new BackupEntry($"{path}/{NameFile}", Encoding.UTF8.GetBytes(record.Key.Name), IsSecret: false)) : parts;
    }

    /// <summary>Null: it is a path as any system has it, and stays below where it begins.</summary>
    public static string? FindFault(string path)
    {
        if (path.Length is 0 or > LongestPath) return "it has a file without a name, or with one that is too long";
        if (path.Any(char.IsControl) || path.Contains('\\')) return "it has a file whose name has control characters or backslashes";
        return path[0] == '/' || path.Split('/').Any(step => step is ".." or "") ? "it has a file that does not lie below it" : null;
    }

    /// <summary>Of a path without a fault.</summary>
    public static BackupPlace PlaceOf(string path)
    {
        var steps = path.Split('/');
        if (steps is [Format]) return new BackupPlace.OfFormat();
        if (steps is [var folder, var name] && WishFolders.Contains(folder)) return IsWishFile(name) ? new BackupPlace.OfWish(folder, name) : new BackupPlace.OfNobody();
        if (KindOf(steps) is not { } kind) return new BackupPlace.OfNobody();

        var depth = kind == RecordKind.Account ? 3 : steps[0] == Others ? 3 : 2;
        if (!StateLayout.IsFolderRecord(kind)) return steps.Length == depth ? new BackupPlace.OfRecord(kind, path, null) : new BackupPlace.OfNobody();
        return steps.Length == depth + 1 ? new BackupPlace.OfRecord(kind, string.Join('/', steps[..depth]), steps[^1]) : new BackupPlace.OfNobody();
    }

    /// <summary>A record in one file.</summary>
    /// <exception cref="DamagedRecordException">It is none.</exception>
    public static StoreRecord ReadFile(RecordKind kind, string path, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var (name, _, content) = RecordFile.Read(bytes);
            return Checked(new RecordKey(kind, name), path, content);
        }
        catch (FormatException damaged)
        {
            throw new DamagedRecordException($"{path}: {damaged.Message}", damaged);
        }
    }

    /// <summary>A record in a folder of its own; null: the folder is none of a record's.</summary>
    /// <param name="files">By their names.</param>
    /// <exception cref="DamagedRecordException">It is damaged.</exception>
    public static StoreRecord? ReadFolder(RecordKind kind, string path, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Bytes)> files)
    {
        var slash = path.LastIndexOf('/');
        if (!StateLayout.TryName(kind, path[..slash], path[(slash + 1)..], out var name)) return null;

        name ??= files.FirstOrDefault(file => file.Name == NameFile) is { Name: not null } whole ? Encoding.UTF8.GetString(whole.Bytes.Span) : throw new DamagedRecordException($"{path}: the file {NameFile} is missing");
        var parts = files.Where(file => RecordRules.IsPartName(file.Name)).Select(file => new RecordPart(file.Name, file.Bytes, IsKey(file.Name)));
        return Checked(new RecordKey(kind, name), path, new RecordContent([.. parts]));
    }

    /// <summary>The kind that this version does not know and whose records lie in a folder of this name; null: it is none.</summary>
    public static RecordKind? OtherKind(string folder)
    {
        try
        {
            var kind = new RecordKind(folder);
            return RecordKind.Known.Contains(kind) ? null : kind;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static StoreRecord Checked(RecordKey key, string path, RecordContent content)
    {
        try
        {
            RecordRules.Check(new StoreWrite(key, content));
        }
        catch (ArgumentException impossible)
        {
            throw new DamagedRecordException($"{path}: {impossible.Message}", impossible);
        }

        return PathOf(key) == path ? new StoreRecord(key, default, content) : throw new DamagedRecordException($"{path}: it holds another record, {key}");
    }

    private static string PathOf(RecordKey key) => Layout.PathOf(key)[(Root.Length + 1)..].Replace(Path.DirectorySeparatorChar, '/');

    private static RecordKind? KindOf(string[] steps)
    {
        if (steps is [Others, var other, _]) return OtherKind(other);

        var known = Kinds.FirstOrDefault(kind => Path.GetFileName(Layout.FolderOf(kind)) == steps[0]);
        return known == default ? null : known;
    }

    /// <summary>A file that a look at the folder would read: neither hidden nor anything but a name.</summary>
    private static bool IsWishFile(string name) => name[0] != '.' && name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) < 0;

    private static bool IsKey(string part) => part == "privkey" || part.StartsWith("privkey.", StringComparison.Ordinal);
}

/// <summary>What a file of a backup is.</summary>
internal abstract record BackupPlace
{
    /// <summary>Says that it is one.</summary>
    public sealed record OfFormat : BackupPlace;

    /// <summary>A file of <c>desired/</c> or <c>want/</c>.</summary>
    public sealed record OfWish(string Folder, string Name) : BackupPlace;

    /// <param name="Path">The record's own.</param>
    /// <param name="Part">In a folder of its own; null: the file is the record.</param>
    public sealed record OfRecord(RecordKind Kind, string Path, string? Part) : BackupPlace;

    /// <summary>Nothing that is restored: what others made, and what is made anew.</summary>
    public sealed record OfNobody : BackupPlace;
}
