using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AcmeKestrel.Desired.Files;

/// <summary>What a folder's files looked like at the last look, and which of them became something else at which look. Not safe for several threads.</summary>
internal sealed class FolderTraces
{
    /// <summary>Whoever is further behind is told everything.</summary>
    private const int Remembered = 10_000;

    /// <summary>.NET's default would take a folder that may not be read for an empty one.</summary>
    private static readonly EnumerationOptions Visible = new() { IgnoreInaccessible = false };

    private readonly Dictionary<string, Trace> _files = new(StringComparer.Ordinal);
    private readonly Queue<(int Look, string Name)> _changes = new();
    private int _forgotten;
    private int _links;

    /// <summary>Looks so far; what changed since one of them can be asked.</summary>
    public int Looks { get; private set; }

    public IReadOnlyCollection<string> Names => _files.Keys;

    /// <summary>The look at which a file changed last.</summary>
    public int LastChange { get; private set; }

    /// <summary>Some of the files are links: what becomes of their targets is seen by a look alone.</summary>
    public bool HasLinks => _links > 0;

    /// <summary>Looks at all files of the folder; one that is not there has none.</summary>
    /// <param name="leaveOut">What is being written stays as it was.</param>
    /// <exception cref="IOException">The folder cannot be read; what was known stays.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public void Look(string folder, HashSet<string> leaveOut)
    {
        Looks++;
        var (known, left) = (_files.GetAlternateLookup<ReadOnlySpan<char>>(), leaveOut.GetAlternateLookup<ReadOnlySpan<char>>());
        try
        {
            var entries = new FileSystemEnumerable<bool>(folder, See, Visible) { ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && !WishFile.IsIgnored(entry.FileName) };
            foreach (var _ in entries) continue;
        }
        catch (DirectoryNotFoundException)
        {
        }

        SpareRoom.Trim(_files);
        foreach (var name in _files.Where(file => file.Value.SeenAt != Looks && !leaveOut.Contains(file.Key)).Select(file => file.Key).ToList()) Remove(name);

        bool See(ref FileSystemEntry entry)
        {
            if (left.Contains(entry.FileName)) return true;

            ref var trace = ref CollectionsMarshal.GetValueRefOrNullRef(known, entry.FileName);
            var seen = (entry.Attributes & FileAttributes.ReparsePoint) == 0 ? new Stamp(LengthOf(entry.Length), WriteTime.Of(ref entry), IsLink: false) : StampOfLink(entry.ToFileSystemInfo());
            if (!Unsafe.IsNullRef(ref trace) && trace.Stamp == seen) trace.SeenAt = Looks;
            else Set(entry.FileName.ToString(), seen);
            return true;
        }
    }

    /// <summary>Looks at these files, of which something was told, and at no other: who may read one is no part of what it looks like, and what is in it can change beside that.</summary>
    public void LookAt(string folder, IEnumerable<string> names)
    {
        Looks++;
        foreach (var name in names)
        {
            var file = new FileInfo(Path.Combine(folder, name));
            if (!file.Exists)
            {
                Remove(name);
                continue;
            }

            var seen = (file.Attributes & FileAttributes.ReparsePoint) == 0 ? new Stamp(LengthOf(file.Length), WriteTime.Of(file), IsLink: false) : StampOfLink(file);
            if (!_files.TryGetValue(name, out var trace) || trace.Stamp != seen) Set(name, seen);
            else Remember(name);
        }
    }

    /// <summary>Whoever asks what changed is told of these as well, where they are there.</summary>
    public void TakeForChanged(IEnumerable<string> names)
    {
        Looks++;
        foreach (var name in names.Where(_files.ContainsKey)) Remember(name);
    }

    /// <summary>Names of the files that came, changed or went after a look; null: too many looks ago to be known.</summary>
    public IReadOnlyCollection<string>? ChangedSince(int look) => look < _forgotten ? null : _changes.Where(change => change.Look > look).Select(change => change.Name).ToHashSet(StringComparer.Ordinal);

    public bool Contains(string name) => _files.ContainsKey(name);

    /// <summary>When the file was written or touched, where that was while somebody looked: what lay there at the first look asks for nothing, a container that is started again and again may write its files each time.</summary>
    public DateTimeOffset? AskedAt(string name) =>
        _files.TryGetValue(name, out var trace) && trace.ChangedAt > 1 && trace.Stamp.Written != default ? trace.Stamp.Written : null;

    private void Set(string name, Stamp seen)
    {
        ref var trace = ref CollectionsMarshal.GetValueRefOrAddDefault(_files, name, out var isKnown);
        if (isKnown && trace.Stamp.IsLink) _links--;
        if (seen.IsLink) _links++;
        trace = new Trace(seen, Looks);
        Remember(name);
    }

    private void Remove(string name)
    {
        if (!_files.Remove(name, out var gone)) return;

        if (gone.Stamp.IsLink) _links--;
        Remember(name);
    }

    private void Remember(string name)
    {
        LastChange = Looks;
        _changes.Enqueue((Looks, name));
        while (_changes.Count > Remembered) _forgotten = _changes.Dequeue().Look;
    }

    /// <summary>A link (Kubernetes mounts files as links) changes with its target, and with where that lies: in a store of files without times (NixOS) all have one.</summary>
    private static Stamp StampOfLink(FileSystemInfo link)
    {
        try
        {
            if (link.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target) return new Stamp(HashCode.Combine(target.Length, target.FullName) & int.MaxValue, WriteTime.Of(target), IsLink: true);
        }
        catch (IOException)
        {
            // Links in a circle; reading the file says so.
        }

        return new Stamp(0, default, IsLink: true);
    }

    private static int LengthOf(long length) => (int)Math.Min(length, int.MaxValue);

    /// <param name="Written">UTC.</param>
    private readonly record struct Stamp(int Length, DateTime Written, bool IsLink);

    /// <summary>There may be a hundred thousand: packed.</summary>
    private struct Trace(Stamp stamp, int look)
    {
        private readonly long _written = stamp.Written.Ticks;
        private readonly int _length = stamp.IsLink ? ~stamp.Length : stamp.Length;

        public int ChangedAt { get; } = look;

        public int SeenAt { get; set; } = look;

        public readonly Stamp Stamp => new(_length < 0 ? ~_length : _length, new DateTime(_written, DateTimeKind.Utc), _length < 0);
    }
}
