using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

internal static partial class StorageLog
{
    [LoggerMessage(200, LogLevel.Debug, "The state directory {Path} is open.")]
    public static partial void Opened(this ILogger logger, string path);

    [LoggerMessage(201, LogLevel.Warning, "The state directory {Path} lies on a network file system ({Type}): locks and renames cannot be trusted there. Set Acme:StateDirectory to a local folder, one for each host.")]
    public static partial void RemoteFileSystem(this ILogger logger, string path, string type);

    [LoggerMessage(202, LogLevel.Warning, "{Path} was readable or writable by others (mode {Mode}); it no longer is. Consider the key in it known.")]
    public static partial void LooseModeFixed(this ILogger logger, string path, UnixFileMode mode);

    [LoggerMessage(203, LogLevel.Warning, "{Path} is readable or writable by others (mode {Mode}), and that could not be changed: {Reason}")]
    public static partial void LooseMode(this ILogger logger, string path, UnixFileMode mode, string reason);

    [LoggerMessage(204, LogLevel.Information, "{Path} is no file of the store: it is left alone.")]
    public static partial void UnknownFile(this ILogger logger, string path);

    [LoggerMessage(205, LogLevel.Warning, "The private key in {Path} was not given to the group {Group} (Acme:KeyGroup): there is no such group, or this user may not. Its mode is 0600.")]
    public static partial void KeyGroupNotGiven(this ILogger logger, string path, string? group);

    [LoggerMessage(206, LogLevel.Debug, "{Path} was left by an interrupted write and is removed.")]
    public static partial void LeftoverDeleted(this ILogger logger, string path);

    [LoggerMessage(207, LogLevel.Warning, "The volume of the state directory {Path} {Lacks}.")]
    public static partial void VolumeLacks(this ILogger logger, string path, string lacks);

    [LoggerMessage(209, LogLevel.Debug, "The index in {Path} could not be written, and the next start takes longer: {Reason}")]
    public static partial void NotIndexed(this ILogger logger, string path, string reason);

    [LoggerMessage(210, LogLevel.Warning, "The engine of the state does not answer ({Reason}): certificates are served from the copy on this machine.")]
    public static partial void ServedFromCopy(this ILogger logger, string reason);

    [LoggerMessage(211, LogLevel.Warning, "A certificate could not be copied to this machine: {Reason}")]
    public static partial void CopyNotWritten(this ILogger logger, string reason);

    [LoggerMessage(212, LogLevel.Information, "The copy of a certificate on this machine could not be used and is written anew: {Reason}")]
    public static partial void CopyReplaced(this ILogger logger, string reason);

    [LoggerMessage(208, LogLevel.Warning, "The folder {Path} was open to others (mode {Mode}); it no longer is. Look at what lies in it if you do not know why.")]
    public static partial void LooseFolderFixed(this ILogger logger, string path, UnixFileMode mode);
}
