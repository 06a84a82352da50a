namespace AcmeKestrel.Storage.Files;

/// <summary>What an error of the file system says about a file.</summary>
internal static class FileErrors
{
    /// <summary>ENOMEM, ENFILE and EMFILE say nothing about it: the process has too much open, as in a flood of connections, and the file may be a good one.</summary>
    public static bool LackHandles(Exception error) => error is IOException && !OperatingSystem.IsWindows() && error.HResult is 12 or 23 or 24;
}
