using System.Text;

namespace AcmeKestrel.CommandLine.Importing;

/// <summary>A folder that another program writes and whoever may: what is read lies in it, whatever its links say, is a file, and is no larger than such a file can be. The rest is told, and skipped.</summary>
internal sealed class ForeignFolder
{
    private const int MostLinks = 40;
    private const int MostEntries = 100_000;

    private readonly List<ImportFault> _faults = [];

    /// <exception cref="Storage.StoreUnavailableException">There is no such folder.</exception>
    public ForeignFolder(string path)
    {
        Root = Path.GetFullPath(path);
        if (!Directory.Exists(Root)) throw new Storage.StoreUnavailableException($"There is no folder '{Root}', or it may not be seen: --from names another one.");
        Real = Follow(Root);
    }

    /// <summary>As it was named.</summary>
    public string Root { get; }

    public IReadOnlyList<ImportFault> Faults => _faults;

    /// <summary>Where it is.</summary>
    private string Real { get; }

    public string PathOf(params IReadOnlyList<string> parts) => Path.Combine([Root, .. parts]);

    public void Blame(string path, string reason) => _faults.Add(new ImportFault(path, reason));

    /// <summary>Files and folders in a folder, by name, in order; none where there is no such folder. What hides is none of them.</summary>
    public IReadOnlyList<string> Names(params IReadOnlyList<string> parts)
    {
        var path = PathOf(parts);
        try
        {
            if (!Directory.Exists(path)) return [];

            var names = Directory.EnumerateFileSystemEntries(Inside(path)).Select(entry => Path.GetFileName(entry)).Where(name => !name.StartsWith('.')).Take(MostEntries + 1).Order(StringComparer.Ordinal).ToList();
            if (names.Count <= MostEntries) return names;
            Blame(path, $"has more than {MostEntries} entries");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            Blame(path, unreadable.Message);
        }

        return [];
    }

    public bool Has(params IReadOnlyList<string> parts) => Path.Exists(PathOf(parts));

    /// <summary>A file's text; null: it cannot be read, which is told.</summary>
    public string? Read(params IReadOnlyList<string> parts) => ReadBytes(parts) is { } content ? Encoding.UTF8.GetString(content) : null;

    /// <inheritdoc cref="Read"/>
    public byte[]? ReadBytes(params IReadOnlyList<string> parts)
    {
        var path = PathOf(parts);
        try
        {
            return RegularFile.Read(Inside(path));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Blame(path, unreadable.Message);
            return null;
        }
    }

    /// <summary>Where a path of the folder leads, as parts below it; null: out of it, which is told.</summary>
    public IReadOnlyList<string>? Resolve(params IReadOnlyList<string> parts)
    {
        var path = PathOf(parts);
        try
        {
            return Inside(path)[Real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            Blame(path, unreadable.Message);
            return null;
        }
    }

    /// <summary>A privileged reader would else be led to any file by whoever owns the folder.</summary>
    private string Inside(string path)
    {
        var real = Follow(path);
        return real == Real || real.StartsWith(Real.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? real : throw new IOException($"leads out of {Root}");
    }

    private static string Follow(string path)
    {
        var links = 0;
        var done = Path.GetPathRoot(path)!;
        var ahead = new Stack<string>(Steps(path[done.Length..]));
        while (ahead.TryPop(out var step))
        {
            if (step == "..") done = Path.GetDirectoryName(done) ?? done;
            if (step is "." or "..") continue;

            var next = Path.Combine(done, step);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                done = next;
                continue;
            }

            if (++links > MostLinks) throw new IOException("its links have no end");
            if (Path.IsPathRooted(target)) done = Path.GetPathRoot(target)!;
            foreach (var part in Steps(target)) ahead.Push(part);
        }

        return done;

        static IEnumerable<string> Steps(string text) => text.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries).Reverse();
    }
}
