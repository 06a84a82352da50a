using System.Globalization;
using System.Text;

namespace AcmeKestrel.Storage.Files;

/// <summary>
/// What changed, for all processes that have this state open: a line for each change, put at the end of one file after its record was written. It is no truth, only word of it: nothing is synced, and where something
/// may be missing (it could not be written, it grew too long) it begins anew under another id, at which whoever follows it lists again. A process that dies between its record and its line is followed by the next one's
/// lease, which tells all to list again, too.
/// </summary>
internal sealed class ChangeJournal(IFileSystem files, AtomicFiles atomic, string path)
{
    private const string Format = "acmekestrel changes 1 ";
    private const int IdLength = 32;
    private const int HeaderLength = 22 + IdLength + 1;

    private const string Reset = "r\t\t\t\t";

    /// <summary>Some fifteen thousand changes.</summary>
    private const long MaxLength = 1024 * 1024;

    /// <summary>Writers of one process share their turn: they come here one after the other.</summary>
    private readonly Lock _gate = new();
    private bool _lacks;

    /// <summary>Puts it at the end; in a turn of writing, after what it tells of.</summary>
    /// <param name="key">Null for a reset.</param>
    public void Append(StoreChangeKind kind, RecordKey? key)
    {
        lock (_gate)
        {
            try
            {
                if (_lacks || !IsThere()) Begin();
                if (files.AppendFile(path, Encoding.UTF8.GetBytes(LineOf(kind, key))) > MaxLength) Begin();
            }
            catch
            {
                _lacks = true;
                throw;
            }
        }
    }

    /// <summary>So that there is something to follow; in a turn of writing.</summary>
    public void Require()
    {
        lock (_gate)
        {
            if (!IsThere()) Begin();
        }
    }

    /// <summary>Where the next change will be.</summary>
    public StoreCursor End()
    {
        using var file = files.OpenFile(path);
        return file is not null && ReadId(file) is { } id && ReadLines(file, HeaderLength) is { } lines ? CursorAt(id, HeaderLength + lines.Length) : new StoreCursor("");
    }

    /// <summary>What follows a cursor: nothing, the changes, or one reset where that is not known. What stands before it is not read: whoever follows looks each second, and after each write.</summary>
    public IReadOnlyList<StoreChange> ReadAfter(StoreCursor cursor)
    {
        using (var file = files.OpenFile(path))
        {
            if (file is null || ReadId(file) is not { } id) return cursor.Value.Length == 0 ? [] : [new StoreChange(StoreChangeKind.Reset, null, new StoreCursor(""))];
            if (PositionOf(cursor, id) is { } position && ReadLines(file, position) is { } lines && TryParse(lines, id, position) is { } changes) return changes;
        }

        return [new StoreChange(StoreChangeKind.Reset, null, End())];
    }

    private static List<StoreChange>? TryParse(ReadOnlySpan<byte> lines, string id, int position)
    {
        var changes = new List<StoreChange>();
        while (lines.Length > 0)
        {
            var length = lines.IndexOf((byte)'\n') + 1;
            if (TryParse(Encoding.UTF8.GetString(lines[..(length - 1)])) is not var (kind, key)) return null;
            position += length;
            changes.Add(new StoreChange(kind, key, CursorAt(id, position)));
            lines = lines[length..];
        }

        return changes;
    }

    /// <summary>A name has no control characters: a line that was torn, with the next one behind it, has too many tabs or too few. A reset has so many that no line with it at its end is another one.</summary>
    private static string LineOf(StoreChangeKind kind, RecordKey? key) => (kind, key) switch
    {
        (StoreChangeKind.Written, { } written) => $"w\t{written.Kind}\t{written.Name}\t\n",
        (StoreChangeKind.Deleted, { } deleted) => $"d\t{deleted.Kind}\t{deleted.Name}\t\n",
        _ => Reset + "\n",
    };

    /// <summary>Null: what a crash tore, or a later version wrote.</summary>
    private static (StoreChangeKind Kind, RecordKey? Key)? TryParse(string line)
    {
        if (line == Reset) return (StoreChangeKind.Reset, null);
        if (line.Split('\t') is not ["w" or "d", var kind, var name, ""]) return null;
        try
        {
            return (line[0] == 'w' ? StoreChangeKind.Written : StoreChangeKind.Deleted, new RecordKey(new RecordKind(kind), name));
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Whatever could not be told before is told by that.</summary>
    private void Begin()
    {
        atomic.ReplaceFile(path, Encoding.ASCII.GetBytes($"{Format}{Guid.NewGuid():n}\n"), new FileAccessRights(FileModes.PrivateFile));
        _lacks = false;
    }

    /// <summary>What somebody emptied, or another file in its place, would be written for ever and followed by nobody.</summary>
    private bool IsThere()
    {
        using var file = files.OpenFile(path);
        return file is not null && ReadId(file) is not null;
    }

    /// <summary>Null: it is none that this version knows.</summary>
    private static string? ReadId(Stream file)
    {
        var header = new byte[HeaderLength];
        return file.CanSeek && file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) == HeaderLength && header.AsSpan().StartsWith(Encoding.ASCII.GetBytes(Format)) && header[^1] == '\n'
            ? Encoding.ASCII.GetString(header, Format.Length, IdLength)
            : null;
    }

    /// <summary>Whole lines; one that is being written now is read the next time. Null where no line begins there.</summary>
    private static byte[]? ReadLines(Stream file, int position)
    {
        file.Position = position - 1;
        using var rest = new MemoryStream();
        file.CopyTo(rest);
        var content = rest.GetBuffer().AsSpan(0, (int)rest.Length);
        return content is [(byte)'\n', .. var lines] ? lines[..(lines.LastIndexOf((byte)'\n') + 1)].ToArray() : null;
    }

    private static StoreCursor CursorAt(string id, int position) => new(string.Create(CultureInfo.InvariantCulture, $"{id}:{position}"));

    /// <summary>Null: of another journal, or none.</summary>
    private static int? PositionOf(StoreCursor cursor, string journal) =>
        cursor.Value.Split(':') is [var id, var text] && id == journal && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position) && position >= HeaderLength ? position : null;
}
