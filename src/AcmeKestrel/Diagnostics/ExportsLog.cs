using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

/// <summary>Events 680-689: files that certificates are brought to.</summary>
internal static partial class ExportsLog
{
    [LoggerMessage(680, LogLevel.Information, "{Label}: {Path} has its certificate {Generation} ({Key}){Replaced}")]
    public static partial void ExportWritten(this ILogger logger, string label, string path, string? generation, string key, string replaced);

    [LoggerMessage(681, LogLevel.Warning, "{Label}: {Path} is not as it should be ({Key}), and is tried again at {Until:u}: {Problem}")]
    public static partial void ExportFailed(this ILogger logger, string label, string path, string key, DateTimeOffset? until, string? problem);

    [LoggerMessage(682, LogLevel.Debug, "{Label}: {Path} is still not as it should be ({Key}), and is tried again at {Until:u}: {Problem}")]
    public static partial void ExportStillFails(this ILogger logger, string label, string path, string key, DateTimeOffset? until, string? problem);
}
