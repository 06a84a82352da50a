using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;
using static System.IO.UnixFileMode;

namespace AcmeKestrel.Storage.Files;

/// <summary>Closes what is open wider than the store made it, with a word: an existing folder, or a key that was copied here, is not trusted as it is.</summary>
internal sealed class LooseModes(IFileSystem files, ILogger logger)
{
    private const UnixFileMode Strangers = GroupRead | GroupWrite | GroupExecute | OtherRead | OtherWrite | OtherExecute;

    /// <summary>Set when the volume keeps no modes, which is told once for all.</summary>
    public bool AreHopeless { get; set; }

    public void CloseKey(string path, UnixFileMode found, UnixFileMode allowed)
    {
        if (IsLoose(found, allowed) && TryClose(path, found, allowed)) logger.LooseModeFixed(path, found);
    }

    public void CloseFolder(string path, UnixFileMode found, UnixFileMode allowed)
    {
        if (IsLoose(found, allowed) && TryClose(path, found, allowed)) logger.LooseFolderFixed(path, found);
    }

    public bool IsLoose(UnixFileMode found, UnixFileMode allowed) => !OperatingSystem.IsWindows() && !AreHopeless && (found & ~allowed & Strangers) != 0;

    private bool TryClose(string path, UnixFileMode found, UnixFileMode allowed)
    {
        try
        {
            files.SetMode(path, found & (allowed | ~Strangers));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.LooseMode(path, found, e.Message);
            return false;
        }
    }
}
