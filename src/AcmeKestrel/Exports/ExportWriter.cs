using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Exports;

/// <summary>Brings a certificate into a file: beside it, with its final rights from the first moment, synced, and renamed. A reader finds the old file or the new one whole, and nobody more than before can read a key.</summary>
/// <param name="filesOf">The files of a folder: what is in it is reached by no link, the folder itself by the operator's path.</param>
/// <param name="mark">What tells the temporary files of one state from those of another one that exports to the same folder.</param>
internal sealed class ExportWriter(Func<string, IFileSystem> filesOf, string mark)
{
    /// <summary>More than any chain with its key: a larger file is another one.</summary>
    private const int MaxBytes = 1024 * 1024;

    private const int LongestPassword = 1024;

    private readonly string _prefix = $"{AtomicFiles.HiddenPrefix}{mark}-";

    public static ExportWriter For(string stateDirectory) => new(LocalFileSystem.Below, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(stateDirectory)))[..8]);

    /// <summary>What is not as it should be is made anew beside its place; nothing else is touched, and nobody reads it before it is shown.</summary>
    public ExportDraft Make(ExportFile file, Generation generation)
    {
        var result = new ExportResult(file.Setting.Key, file.Path, ExportState.Current);
        try
        {
            return Make(file, generation, result);
        }
        catch (Exception refused) when (IsOfTheFile(refused))
        {
            return new ExportDraft(Failed(result, file, refused));
        }
    }

    /// <summary>Removes what a process that was killed left in the folder; nobody may be writing there. False where it cannot be looked at.</summary>
    public bool Sweep(string folder)
    {
        try
        {
            var files = filesOf(folder);
            foreach (var name in files.ListNames(folder).Where(name => name.StartsWith(_prefix, StringComparison.Ordinal)).ToList()) files.Delete(Path.Combine(folder, name));
            return true;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Whoever writes to the folder next is told what ails it.
            return false;
        }
    }

    public static string FolderOf(ExportFile file) => Path.GetDirectoryName(file.Path)!;

    private ExportDraft Make(ExportFile file, Generation generation, ExportResult result)
    {
        var files = filesOf(FolderOf(file));
        var password = PasswordOf(file.Setting);
        var found = files.Find(file.Path);
        var rights = RightsFor(file, found);
        if (found is { Kind: FileEntryKind.File } && IsAsItShould(files, file, found, rights, generation, password)) return new ExportDraft(result);
        if (found is { Kind: FileEntryKind.Folder }) return new ExportDraft(result with { State = ExportState.Failed, Problem = $"There is a folder in its place : '{file.Path}'" });

        var atomic = new AtomicFiles(files, FolderOf(file), _prefix);
        var (made, _) = atomic.MakeFile(ExportBytes.Of(generation, file.Setting.Content, password), [], rights);
        var written = result with { State = ExportState.Written, Replaced = WorthAWord(found, rights) };
        return new ExportDraft(written, Show, () => atomic.Discard(made));

        ExportResult Show()
        {
            try
            {
                atomic.PutFile(made, file.Path);
                return written;
            }
            catch (Exception refused) when (IsOfTheFile(refused))
            {
                // It may stand there, and only its folder could not be synced: whoever reads it is told of it, and no next attempt would find anything to do.
                return Stands() ? written : Failed(result, file, refused);
            }
        }

        bool Stands()
        {
            try
            {
                return files.Find(file.Path) is { Kind: FileEntryKind.File } shown && IsAsItShould(files, file, shown, rights, generation, password);
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    private static bool IsOfTheFile(Exception refused) => refused is IOException or UnauthorizedAccessException or CryptographicException;

    private static ExportResult Failed(ExportResult result, ExportFile file, Exception refused) => result with { State = ExportState.Failed, Problem = PlainText.Of(Explain(refused, file), 500) };

    private static bool IsAsItShould(IFileSystem files, ExportFile file, FileEntry found, FileAccessRights rights, Generation generation, string? password)
    {
        if (!OperatingSystem.IsWindows() && found.Mode != rights.Mode) return false;
        try
        {
            return Read(files, file.Path) is { } bytes && ExportBytes.IsIn(bytes, generation, file.Setting.Content, password) && (rights is { Owner: null, Group: null } || files.HasOwner(file.Path, rights));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Null for what is no file of ours.</summary>
    private static byte[]? Read(IFileSystem files, string path)
    {
        using var stream = files.OpenFile(path);
        if (stream is not { CanSeek: true, Length: <= MaxBytes }) return null;

        var bytes = new byte[stream.Length];
        return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length ? bytes : null;
    }

    /// <summary>Where no mode is said, one that somebody made narrower stays.</summary>
    private static FileAccessRights RightsFor(ExportFile file, FileEntry? found) =>
        !file.Setting.IsModeSaid && !OperatingSystem.IsWindows() && found is { Kind: FileEntryKind.File } ? file.Rights with { Mode = file.Rights.Mode & (found.Mode | FileModes.PrivateFile) } : file.Rights;

    private static string? WorthAWord(FileEntry? found, FileAccessRights rights)
    {
        if (found is { Kind: FileEntryKind.Link, LinkTarget: var target }) return $"a link to '{target}', which stays as it is";
        return found is not null && !OperatingSystem.IsWindows() && (rights.Mode & ~found.Mode) != 0 ? $"a file with the mode {Octal(found.Mode)}, and has {Octal(rights.Mode)}" : null;
    }

    private static string Octal(UnixFileMode mode) => "0" + Convert.ToString((int)mode, 8);

    /// <summary>The first line; its end is no part of it, whatever editor wrote it.</summary>
    private static string? PasswordOf(ExportSetting setting)
    {
        if (setting.PasswordFile is not { } path) return null;

        var bytes = new byte[LongestPassword + 1];
        var text = bytes.AsSpan(0, OperatorFile.Read(path, bytes));
        if (text.StartsWith(Encoding.UTF8.Preamble)) text = text[Encoding.UTF8.Preamble.Length..];
        var end = text.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0 && text.Length > LongestPassword) throw new IOException($"The password is longer than {LongestPassword} bytes : '{path}' ({nameof(AcmeExportOptions.PasswordFile)})");
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }

    private static string Explain(Exception refused, ExportFile file) =>
        refused is (FileNotFoundException or DirectoryNotFoundException) && !Directory.Exists(FolderOf(file))
            ? $"Its folder does not exist, and none is made : '{FolderOf(file)}'"
            : refused.Message;
}
