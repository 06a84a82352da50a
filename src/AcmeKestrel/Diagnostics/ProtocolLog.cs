using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

/// <summary>Events 300-399. Failures are thrown, not logged: who catches one knows whether it matters.</summary>
internal static partial class ProtocolLog
{
    [LoggerMessage(300, LogLevel.Debug, "{Method} {Url} answered {Status}")]
    public static partial void RequestAnswered(this ILogger logger, string method, string url, int status);

    [LoggerMessage(301, LogLevel.Debug, "{Url} rejected a nonce; resend {Resend} follows")]
    public static partial void NonceRejected(this ILogger logger, string url, int resend);

    [LoggerMessage(302, LogLevel.Information, "{File} changed: its roots count from now on")]
    public static partial void RootsReplaced(this ILogger logger, string file);
}
