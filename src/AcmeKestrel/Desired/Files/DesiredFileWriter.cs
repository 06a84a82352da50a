using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired.Files;

/// <summary>Writes and removes files of <c>desired/</c>, as an operator's hand would.</summary>
internal sealed class DesiredFileWriter(string stateDirectory)
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly string _folder = Path.Combine(stateDirectory, DesiredFolder.FolderName);

    /// <summary>The label's file, whether or not there is one.</summary>
    public string PathOf(string label) => Path.Combine(_folder, label);

    /// <summary>False: it said so already.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public bool Write(string label, IReadOnlyList<AcmeIdentifier> names)
    {
        var (path, text) = (PathOf(label), string.Concat(names.Select(name => $"{name.Value}\n")));
        if (File.Exists(path) && File.ReadAllText(path) == text) return false;

        Directory.CreateDirectory(_folder);

        // Beside, under a name that nobody takes for a wish, and renamed: whoever reads it sees all of it.
        var beside = Path.Combine(_folder, $".{Guid.NewGuid():N}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Mode;
        using (var file = new StreamWriter(beside, options)) file.Write(text);
        File.Move(beside, path, overwrite: true);
        return true;
    }

    /// <summary>False: there was none.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public bool Remove(string label)
    {
        var path = PathOf(label);
        if (!File.Exists(path)) return false;

        File.Delete(path);
        return true;
    }
}
