using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Desired.Files;

/// <summary>Writes and removes files of <c>desired/</c>, as an operator's hand would: a label has one, with its names alone or, where more is said, in TOML.</summary>
internal sealed class DesiredFileWriter(string stateDirectory)
{
    private readonly string _folder = Path.Combine(stateDirectory, DesiredFolder.FolderName);

    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public AcmeDesiredFile Write(string label, AcmeCertificateRequest request, IReadOnlyList<AcmeIdentifier> names)
    {
        var isPlain = DesiredFileText.IsPlain(request);
        var (path, other) = isPlain ? (PlainOf(label), TomlOf(label)) : (TomlOf(label), PlainOf(label));
        var text = isPlain ? DesiredFileText.Plain(names) : DesiredFileText.Toml(request, names);
        var isChanged = !File.Exists(path) || File.ReadAllText(path) != text;
        if (isChanged) Replace(path, text);

        // Whoever reads both for a moment takes one for a second wish of the label, and says so; the other order would wish nothing for a moment.
        if (File.Exists(other))
        {
            File.Delete(other);
            isChanged = true;
        }

        return new AcmeDesiredFile(label, path, isChanged);
    }

    /// <exception cref="IOException">It cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public AcmeDesiredFile Remove(string label)
    {
        string[] present = [.. new[] { PlainOf(label), TomlOf(label) }.Where(File.Exists)];
        foreach (var path in present) File.Delete(path);
        return new AcmeDesiredFile(label, present is [var only, ..] ? only : PlainOf(label), isChanged: present.Length > 0);
    }

    private string PlainOf(string label) => Path.Combine(_folder, label);

    private string TomlOf(string label) => Path.Combine(_folder, label + ".toml");

    /// <summary>Made beside it: the folder may be a link to another volume.</summary>
    private void Replace(string path, string text)
    {
        Directory.CreateDirectory(_folder);
        new AtomicFiles(LocalFileSystem.Below(_folder), _folder, AtomicFiles.HiddenPrefix).ReplaceFile(path, Encoding.UTF8.GetBytes(text), new FileAccessRights(FileModes.PublicFile));
    }
}
