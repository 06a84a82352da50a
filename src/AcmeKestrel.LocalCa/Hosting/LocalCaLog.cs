using Microsoft.Extensions.Logging;

namespace AcmeKestrel.LocalCa.Hosting;

internal static partial class LocalCaLog
{
    [LoggerMessage(800, LogLevel.Information, "The embedded CA listens at {Url}; its root is {RootFile}")]
    public static partial void Listening(this ILogger logger, string url, string rootFile);

    [LoggerMessage(801, LogLevel.Error, "The embedded CA cannot listen at {Url} (LocalCa:Url): {Reason}")]
    public static partial void NotListening(this ILogger logger, string url, string reason);

    [LoggerMessage(802, LogLevel.Error, "A validation of the embedded CA failed unexpectedly")]
    public static partial void ValidationFault(this ILogger logger, Exception fault);
}
