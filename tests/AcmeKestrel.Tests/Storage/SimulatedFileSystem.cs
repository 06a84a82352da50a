using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Tests.Storage;

/// <summary>The machine stopped: nothing after it happens, cleaning up neither.</summary>
internal sealed class MachineStopped : Exception;

/// <summary>
/// A disk in memory that tells what was done from what is durable. It can stop before any step; <see cref="AfterCrash"/> is a disk as a start may find it then: each folder's entries and each file's content
/// independently synced or not, an unsynced file perhaps cut. Only the move of a folder is durable in both its parents or in neither, as every journal has it: a folder never lies in two places.
/// </summary>
internal sealed class SimulatedFileSystem : IFileSystem
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _locks = [];
    private FolderNode _root = new(FileModes.PublicFolder);

    /// <summary>Steps until the machine stops; null = it does not.</summary>
    public int? StopAfter { get; set; }

    public bool IsStopped { get; private set; }

    /// <summary>When set, the next files cannot be made.</summary>
    public string? Refusal { get; set; }

    /// <summary>Called outside every lock before a file is made.</summary>
    public Action? BeforeCreateFile { get; set; }

    public bool CanExchange { get; init; } = true;

    /// <summary>Bytes that were read of opened files.</summary>
    public long Streamed { get; private set; }

    public SimulatedFileSystem AfterCrash(Random random)
    {
        lock (_gate) return new SimulatedFileSystem { CanExchange = CanExchange, _root = (FolderNode)_root.Recover(new Crash(random, [], [])) };
    }

    public FileEntry? Find(string path)
    {
        lock (_gate)
        {
            if (path == "/") return Describe("", _root);
            return Parent(path)?.Entries.GetValueOrDefault(Path.GetFileName(path)) is { } node ? Describe(Path.GetFileName(path), node) : null;
        }
    }

    public IReadOnlyList<FileEntry> List(string folder)
    {
        lock (_gate) return Resolve(folder) is FolderNode found ? [.. found.Entries.Select(entry => Describe(entry.Key, entry.Value))] : [];
    }

    public IEnumerable<string> ListNames(string folder) => [.. List(folder).Select(entry => entry.Name)];

    public long AppendFile(string path, ReadOnlySpan<byte> content)
    {
        var bytes = content.ToArray();
        if (Find(path) is null) Step(() => Add(path, new FileNode(FileModes.PrivateFile, [])));
        Step(() => ((FileNode)Resolve(path)!).Append(bytes));
        return Length(path);
    }

    public long Length(string path)
    {
        lock (_gate) return ((FileNode)Resolve(path)!).Length;
    }

    public FileContent? ReadFile(string path)
    {
        lock (_gate) return Resolve(path) is FileNode file ? new FileContent(Path.GetFileName(path), file.Mode, file.Content) : null;
    }

    public Stream? OpenFile(string path)
    {
        lock (_gate) return Resolve(path) is FileNode file ? new CountedStream(file.Written, this) : null;
    }

    public FolderContent? ReadFolder(string path)
    {
        lock (_gate)
        {
            if (Resolve(path) is not FolderNode folder) return null;
            return new FolderContent(folder.Mode, [.. folder.Entries.Where(entry => entry.Value is FileNode).Select(entry => new FileContent(entry.Key, entry.Value.Mode, ((FileNode)entry.Value).Content))]);
        }
    }

    /// <summary>With all that it lies in: whoever runs the tests may have his temporary folder anywhere.</summary>
    public void CreateFolders(string path, UnixFileMode mode)
    {
        if (Path.GetDirectoryName(path) is { } parent && parent != "/" && Find(parent) is null) CreateFolders(parent, mode);
        CreateFolder(path, mode);
    }

    public void CreateFolder(string path, UnixFileMode mode) => Step(() => Add(path, new FolderNode(mode)));

    public bool CreateFile(string path, ReadOnlySpan<byte> content, FileAccessRights rights)
    {
        if (Refusal is { } refusal) throw new IOException($"{refusal} : '{path}'");
        BeforeCreateFile?.Invoke();
        var bytes = content.ToArray();
        Step(() => Add(path, new FileNode(rights.Mode, [])));
        Step(() => ((FileNode)Resolve(path)!).Content = bytes);
        return true;
    }

    public bool TryCreateLink(string path, string target)
    {
        Step(() => Add(path, new LinkNode(target)));
        return true;
    }

    public void Sync(string path) => Step(() => (Resolve(path) ?? throw Missing(path)).Sync());

    public void Rename(string from, string to) => Step(() =>
    {
        var (source, target) = (Parent(from)!, Parent(to) ?? throw Missing(to));
        var node = source.Entries.GetValueOrDefault(Path.GetFileName(from)) ?? throw Missing(from);
        if (target.Entries.GetValueOrDefault(Path.GetFileName(to)) is FolderNode { Entries.Count: > 0 }) throw new IOException($"Directory not empty : '{to}'");
        if (node is FolderNode) source.Join(target);
        source.Entries.Remove(Path.GetFileName(from));
        target.Entries[Path.GetFileName(to)] = node;
    });

    public bool TryExchange(string one, string other)
    {
        if (!CanExchange) return false;
        Step(() =>
        {
            Parent(one)!.Join(Parent(other)!);
            var (first, second) = (Parent(one)!.Entries, Parent(other)!.Entries);
            (first[Path.GetFileName(one)], second[Path.GetFileName(other)]) = (second[Path.GetFileName(other)], first[Path.GetFileName(one)]);
        });
        return true;
    }

    public void Delete(string path)
    {
        foreach (var entry in List(path)) Delete(Path.Combine(path, entry.Name));
        if (Find(path) is not null) Step(() => Parent(path)!.Entries.Remove(Path.GetFileName(path)));
    }

    public void SetMode(string path, UnixFileMode mode) => Step(() => Resolve(path)!.Mode = mode);

    public IDisposable? TryLock(string path, bool shared)
    {
        lock (_gate)
        {
            var holders = _locks.GetValueOrDefault(path);
            if (shared ? holders < 0 : holders != 0) return null;
            _locks[path] = shared ? holders + 1 : -1;
            return new Release(() =>
            {
                lock (_gate) _locks[path] = shared ? _locks[path] - 1 : 0;
            });
        }
    }

    public string? RemoteType(string path) => null;

    private void Step(Action action)
    {
        lock (_gate)
        {
            IsStopped |= StopAfter-- == 0;
            if (IsStopped) throw new MachineStopped();
            action();
        }
    }

    private void Add(string path, Node node)
    {
        var folder = Parent(path) ?? throw Missing(path);
        if (!folder.Entries.TryAdd(Path.GetFileName(path), node)) throw new IOException($"File exists : '{path}'");
    }

    private FolderNode? Parent(string path) => Resolve(Path.GetDirectoryName(path)!) as FolderNode;

    private Node? Resolve(string path) =>
        path.Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate((Node?)_root, (node, name) => (node as FolderNode)?.Entries.GetValueOrDefault(name));

    private static FileEntry Describe(string name, Node node) =>
        new(name, node is FolderNode ? FileEntryKind.Folder : node is LinkNode ? FileEntryKind.Link : FileEntryKind.File, node.Mode, (node as LinkNode)?.Target);

    private static FileNotFoundException Missing(string path) => new($"No such file : '{path}'");

    private sealed class CountedStream(ArraySegment<byte> content, SimulatedFileSystem files) : MemoryStream(content.Array!, content.Offset, content.Count, writable: false)
    {
        /// <summary>All reading of a derived stream comes here.</summary>
        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = base.Read(buffer, offset, count);
            files.Streamed += read;
            return read;
        }
    }

    private sealed class Release(Action action) : IDisposable
    {
        private bool _done;

        public void Dispose()
        {
            if (!_done) action();
            _done = true;
        }
    }

    /// <summary>One way a crash may have gone.</summary>
    private sealed record Crash(Random Random, Dictionary<Node, Node> Recovered, Dictionary<HashSet<FolderNode>, bool> OnlySynced);

    private abstract class Node(UnixFileMode mode)
    {
        public UnixFileMode Mode { get; set; } = mode;

        public abstract void Sync();

        /// <summary>One node may be durable in two folders at once, when a rename was synced in one of them only.</summary>
        public abstract Node Recover(Crash crash);
    }

    private sealed class FileNode(UnixFileMode mode, byte[] content) : Node(mode)
    {
        private bool _synced;
        private byte[] _content = content;
        private int _kept;

        public int Length { get; private set; } = content.Length;

        /// <summary>As it is now, whatever is appended later.</summary>
        public ArraySegment<byte> Written => new(_content, 0, Length);

        public byte[] Content
        {
            get => Length == _content.Length ? _content : _content[..Length];
            set => (_content, Length, _kept, _synced) = (value, value.Length, 0, false);
        }

        /// <summary>With room for more: a journal is appended to thousands of times.</summary>
        public void Append(byte[] bytes)
        {
            if (_synced) _kept = Length;
            if (Length + bytes.Length > _content.Length) Array.Resize(ref _content, 2 * (Length + bytes.Length));
            bytes.CopyTo(_content, Length);
            (Length, _synced) = (Length + bytes.Length, false);
        }

        public override void Sync() => _synced = true;

        public override Node Recover(Crash crash)
        {
            if (crash.Recovered.TryGetValue(this, out var done)) return done;
            var kept = _synced ? Length : crash.Random.Next(3) switch { 0 => _kept, 1 => (_kept + Length) / 2, _ => Length };
            return crash.Recovered[this] = new FileNode(Mode, _content[..kept]) { _synced = true };
        }
    }

    private sealed class LinkNode(string target) : Node(FileModes.PublicFile)
    {
        public string Target { get; } = target;

        public override void Sync()
        {
        }

        public override Node Recover(Crash crash) => this;
    }

    private sealed class FolderNode : Node
    {
        private Dictionary<string, Node> _durable = [];
        private HashSet<FolderNode> _together;

        public FolderNode(UnixFileMode mode)
            : base(mode) => _together = [this];

        public Dictionary<string, Node> Entries { get; private init; } = [];

        /// <summary>From now until the next sync the two are durable together.</summary>
        public void Join(FolderNode other)
        {
            if (_together == other._together) return;
            _together.UnionWith(other._together);
            foreach (var folder in other._together.ToList()) folder._together = _together;
        }

        public override void Sync()
        {
            foreach (var folder in _together)
            {
                folder._durable = new Dictionary<string, Node>(folder.Entries);
                folder._together = [folder];
            }
        }

        public override Node Recover(Crash crash)
        {
            if (crash.Recovered.TryGetValue(this, out var done)) return done;
            if (!crash.OnlySynced.TryGetValue(_together, out var onlySynced)) crash.OnlySynced.Add(_together, onlySynced = crash.Random.Next(2) == 0);
            var entries = (onlySynced ? _durable : Entries).ToDictionary(entry => entry.Key, entry => entry.Value.Recover(crash));
            return crash.Recovered[this] = new FolderNode(Mode) { Entries = entries, _durable = new Dictionary<string, Node>(entries) };
        }
    }
}
