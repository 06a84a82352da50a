using Microsoft.Extensions.Logging;

namespace AcmeKestrel.LocalCa.Hosting;

/// <summary>Event ids 800 to 899.</summary>
internal static partial class LocalCaLog
{
    [LoggerMessage(800, LogLevel.Information, "The local CA's directory is {Url}; its root is {RootPath}")]
    public static partial void LocalCaListens(this ILogger logger, string url, string rootPath);

    [LoggerMessage(801, LogLevel.Information, "The local CA has a new root: {Path}")]
    public static partial void LocalCaMadeCertificate(this ILogger logger, string path);

    [LoggerMessage(802, LogLevel.Error, "The local CA cannot listen on {Url}: {Problem} Free the port or set LocalCa:Url to another one; the app runs on without it")]
    public static partial void LocalCaCannotListen(this ILogger logger, string url, string problem);

    [LoggerMessage(803, LogLevel.Error, "The local CA cannot keep its keys in {Directory}. Make the folder writable or set LocalCa:Directory; the app runs on without it")]
    public static partial void LocalCaCannotKeepKeys(this ILogger logger, string directory, Exception error);

    [LoggerMessage(804, LogLevel.Information, "The local CA found {Type} of {Identifier} proven")]
    public static partial void LocalCaProved(this ILogger logger, string type, string identifier);

    [LoggerMessage(805, LogLevel.Warning, "The local CA found {Type} of {Identifier} not proven ({Problem}): {Detail}")]
    public static partial void LocalCaDisproved(this ILogger logger, string type, string identifier, string problem, string detail);

    [LoggerMessage(806, LogLevel.Warning, "The local CA makes its root {Path} anew, because {Reason}. Take the old one out of the trust stores it was imported into")]
    public static partial void LocalCaReplacesRoot(this ILogger logger, string path, string reason);

    [LoggerMessage(807, LogLevel.Warning, "{Path} of the local CA was open to others (mode {Mode}) and {Outcome}. Delete its folder for a new root if somebody may have read the key")]
    public static partial void LocalCaWasOpen(this ILogger logger, string path, UnixFileMode mode, string outcome);
}
