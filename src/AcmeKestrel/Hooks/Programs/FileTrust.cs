namespace AcmeKestrel.Hooks.Programs;

/// <summary>
/// Whether a program may be run. Run by root it must be root's, with every folder on the way to it and every link, and nobody else may write there: whoever can change it is root. Run by somebody else it may be
/// root's or his own, and not everybody's to write.
/// </summary>
internal sealed class FileTrust(IFileFacts files)
{
    private const uint Root = 0;
    private const int MostLinks = 40;

    private UnixFileMode Forbidden => files.User == Root ? UnixFileMode.GroupWrite | UnixFileMode.OtherWrite : UnixFileMode.OtherWrite;

    /// <summary>Null: it may be run.</summary>
    public string? FaultOf(string path)
    {
        if (files.User is null) return null;
        if (Walk(path, out var found) is { } fault) return fault;
        if (found!.IsFolder) return $"{path} is a folder";
        return found.IsExecutable ? null : $"{path} is not executable";
    }

    /// <summary>Null: what is in the folder may be looked at.</summary>
    public string? FaultOfFolder(string path)
    {
        if (files.User is null) return null;
        if (Walk(path, out var found) is { } fault) return fault;
        return found!.IsFolder ? null : $"{path} is no folder";
    }

    private string? Walk(string path, out FileFacts? found)
    {
        var (links, current) = (0, "/");
        var rest = new Stack<string>(Parts(path).Reverse());
        found = files.Find(current);
        if (found is null || FaultAt(current, found) is not null) return found is null ? "/ cannot be looked at" : FaultAt(current, found);

        while (rest.TryPop(out var part))
        {
            if (part == "..")
            {
                current = Path.GetDirectoryName(current) ?? "/";
                found = files.Find(current);
                continue;
            }

            var next = Path.Combine(current, part);
            found = files.Find(next);
            if (found is null) return $"{next} is not there";
            if (found.Target is { } target)
            {
                if (++links > MostLinks) return $"{path} has too many links on its way";
                if (IsForeign(found)) return $"{next} is a link of {OwnerOf(found)}";
                if (target.StartsWith('/')) current = "/";
                foreach (var step in Parts(target).Reverse()) rest.Push(step);
                continue;
            }

            if (FaultAt(next, found) is { } fault) return fault;
            if (!found.IsFolder && rest.Count > 0) return $"{next} is no folder";
            current = next;
        }

        return null;
    }

    /// <summary>Of those who are not root only what everybody may write counts, and a folder where nobody takes away what is another's is everybody's in part alone.</summary>
    private string? FaultAt(string path, FileFacts found)
    {
        if (IsForeign(found)) return $"{path} belongs to {OwnerOf(found)}; it must be root's{(files.User == Root ? "" : " or this user's")} to be run";
        if (files.User != Root && found.IsFolder && found.Mode.HasFlag(UnixFileMode.StickyBit)) return null;
        return (found.Mode & Forbidden) == 0 ? null : $"others may write to {path} (mode {Convert.ToString((int)found.Mode & 0xFFF, 8)}); nobody but {(files.User == Root ? "root" : "its owner and group")} may";
    }

    private bool IsForeign(FileFacts found) => found.Owner is { } owner && owner != Root && owner != files.User;

    private static string OwnerOf(FileFacts found) => $"the user {found.Owner}";

    private static IEnumerable<string> Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");
}
