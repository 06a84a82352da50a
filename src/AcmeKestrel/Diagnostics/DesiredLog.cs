using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

/// <summary>Log events 500 to 599: the wishes.</summary>
internal static partial class DesiredLog
{
    [LoggerMessage(501, LogLevel.Information, "{Count} certificates are wished{Changes}")]
    public static partial void Wished(this ILogger logger, int count, string changes);

    [LoggerMessage(502, LogLevel.Information, "{Folder} cannot be watched and is looked at every few seconds: {Reason}")]
    public static partial void FolderNotWatched(this ILogger logger, string folder, string reason);

    [LoggerMessage(503, LogLevel.Information, "More changed in {Folder} at once than its watcher can tell: all of its files are looked at")]
    public static partial void FolderChangesMissed(this ILogger logger, string folder);

    [LoggerMessage(500, LogLevel.Warning, "{Origin}: {Problem}")]
    public static partial void NoWish(this ILogger logger, string origin, string problem);
}
