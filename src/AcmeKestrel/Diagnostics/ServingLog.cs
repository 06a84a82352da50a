using System.Net;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

internal static partial class ServingLog
{
    [LoggerMessage(450, LogLevel.Error, "The certificate of {Label}, generation {Generation}, cannot be used for TLS; its names get the fallback certificate")]
    public static partial void CertificateUnusable(this ILogger logger, string label, string generation, Exception exception);

    [LoggerMessage(451, LogLevel.Information, "Answered a tls-alpn-01 probe for {Name} from {Remote}")]
    public static partial void ProbeAnswered(this ILogger logger, string name, EndPoint? remote);

    [LoggerMessage(452, LogLevel.Information, "Refused a tls-alpn-01 probe for {Name} from {Remote}: no challenge is pending")]
    public static partial void ProbeWithoutAnswer(this ILogger logger, string? name, EndPoint? remote);

    [LoggerMessage(453, LogLevel.Warning, "A tls-alpn-01 probe for {Name} from {Remote} did not finish its handshake")]
    public static partial void ProbeFailed(this ILogger logger, string name, EndPoint? remote, Exception exception);

    [LoggerMessage(454, LogLevel.Debug, "Closed a connection from {Remote} that sent no ClientHello in time")]
    public static partial void HelloMissing(this ILogger logger, EndPoint? remote, Exception exception);

    [LoggerMessage(455, LogLevel.Debug, "Refused a handshake for {Name} from {Remote}: there is no certificate for it")]
    public static partial void HandshakeRefused(this ILogger logger, string? name, EndPoint? remote);

    [LoggerMessage(456, LogLevel.Warning, "Looking for a certificate for {Name} failed")]
    public static partial void MissHandlerFailed(this ILogger logger, string name, Exception exception);

    [LoggerMessage(457, LogLevel.Warning, "This version of Kestrel is not known to AcmeKestrel. Endpoints that set their own defaults need listenOptions.UseAcmeHttps(), and HTTP/3 endpoints are not supported")]
    public static partial void KestrelShapeUnknown(this ILogger logger);
}
