using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

/// <summary>Log events 500 to 599: the wishes.</summary>
internal static partial class DesiredLog
{
    [LoggerMessage(501, LogLevel.Information, "{Count} certificates are wished{Changes}")]
    public static partial void Wished(this ILogger logger, int count, string changes);

    [LoggerMessage(500, LogLevel.Warning, "{Origin}: {Problem}")]
    public static partial void NoWish(this ILogger logger, string origin, string problem);
}
