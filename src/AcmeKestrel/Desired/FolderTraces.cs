using System.IO.Enumeration;

namespace AcmeKestrel.Desired;

/// <summary>What a folder's files looked like at the last look, and which of them became something else at which look. Not safe for several threads.</summary>
internal sealed class FolderTraces
{
    /// <summary>Whoever is further behind is told everything.</summary>
    private const int Remembered = 10_000;

    private readonly Dictionary<string, Trace> _files = new(StringComparer.Ordinal);
    private readonly Queue<(long Look, string Name)> _changes = new();
    private long _forgotten;

    /// <summary>Looks so far; what changed since one of them can be asked.</summary>
    public long Looks { get; private set; }

    public IReadOnlyCollection<string> Names => _files.Keys;

    /// <summary>The look at which a file changed last.</summary>
    public long LastChange { get; private set; }

    /// <summary>Looks at all files of the folder; one that is not there has none.</summary>
    public void Look(string folder)
    {
        Looks++;
        var known = _files.GetAlternateLookup<ReadOnlySpan<char>>();
        try
        {
            var entries = new FileSystemEnumerable<bool>(folder, See) { ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && !DesiredFile.IsIgnored(entry.FileName) };
            foreach (var _ in entries) continue;
        }
        catch (DirectoryNotFoundException)
        {
        }

        foreach (var name in _files.Where(file => file.Value.SeenAt != Looks).Select(file => file.Key).ToList())
        {
            _files.Remove(name);
            Remember(name);
        }

        bool See(ref FileSystemEntry entry)
        {
            var (length, written) = Stamp(ref entry);
            if (!known.TryGetValue(entry.FileName, out var name, out var trace)) name = entry.FileName.ToString();
            else if (trace.Length == length && trace.Written == written)
            {
                trace.SeenAt = Looks;
                return true;
            }

            _files[name] = new Trace { Length = length, Written = written, ChangedAt = Looks, SeenAt = Looks };
            Remember(name);
            return true;
        }
    }

    /// <summary>Names of the files that came, changed or went after a look; null: too many looks ago to be known.</summary>
    public IReadOnlyCollection<string>? ChangedSince(long look) => look < _forgotten ? null : _changes.Where(change => change.Look > look).Select(change => change.Name).ToHashSet(StringComparer.Ordinal);

    public bool Contains(string name) => _files.ContainsKey(name);

    /// <summary>When the file was written or touched, where that was while somebody looked: what lay there at the first look asks for nothing, a container that is started again and again may write its files each time.</summary>
    public DateTimeOffset? AskedAt(string name) =>
        _files.TryGetValue(name, out var trace) && trace.ChangedAt > 1 && trace.Written != default ? trace.Written : null;

    private void Remember(string name)
    {
        LastChange = Looks;
        _changes.Enqueue((Looks, name));
        while (_changes.Count > Remembered) _forgotten = _changes.Dequeue().Look;
    }

    /// <summary>A link (Kubernetes mounts files as links) changes with its target.</summary>
    private static (long Length, DateTime Written) Stamp(ref FileSystemEntry entry)
    {
        try
        {
            if ((entry.Attributes & FileAttributes.ReparsePoint) == 0) return (entry.Length, entry.LastWriteTimeUtc.UtcDateTime);
            if (entry.ToFileSystemInfo().ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target) return (target.Length, target.LastWriteTimeUtc);
        }
        catch (IOException)
        {
            // Links in a circle; reading the file says so.
        }

        return (0, default);
    }

    private sealed class Trace
    {
        public long Length { get; init; }

        /// <summary>UTC.</summary>
        public DateTime Written { get; init; }

        public long ChangedAt { get; init; }

        public long SeenAt { get; set; }
    }
}
