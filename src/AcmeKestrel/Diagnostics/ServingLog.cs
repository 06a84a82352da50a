using System.Net;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

internal static partial class ServingLog
{
    [LoggerMessage(450, LogLevel.Error, "The certificate of {Label}, generation {Generation}, cannot be used for TLS; its names get another one that is stored for them, or the fallback certificate")]
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

    [LoggerMessage(457, LogLevel.Warning, "This version of Kestrel is not known to AcmeKestrel. Endpoints that set their own defaults need listenOptions.UseAcmeHttps(): without it they serve other certificates and keep no UnknownHosts = Reject. HTTP/3 endpoints and Sni sections are not supported")]
    public static partial void KestrelShapeUnknown(this ILogger logger);

    [LoggerMessage(458, LogLevel.Warning, "The endpoint {Endpoint} chooses its certificates by itself, so those of AcmeKestrel are not served there: {Reason}")]
    public static partial void EndpointDecides(this ILogger logger, string endpoint, string reason);

    [LoggerMessage(459, LogLevel.Warning, "A token that a CA issued for {Name} was asked for under the name {Host}, so the CA does not get its answer: something in front of this server rewrites Host. Let it pass Host on as it came (nginx: proxy_set_header Host $host; Apache: ProxyPreserveHost On), or set Acme:Http01:TrustForwardedHost to true where it sends X-Forwarded-Host and is on loopback or in the application's ForwardedHeadersOptions")]
    public static partial void HostRewritten(this ILogger logger, string host, string name);

    [LoggerMessage(460, LogLevel.Error, "The certificates of AcmeKestrel do not reach this server's TLS: {Fault}. Visitors may be shown other certificates; use a version of AcmeKestrel that knows this server, or listenOptions.UseAcmeHttps()")]
    public static partial void HookBroken(this ILogger logger, string fault);

    [LoggerMessage(461, LogLevel.Warning, "The certificate of {Label} could not be read when a handshake wanted it, and the connection was ended: {Reason}")]
    public static partial void CertificateLate(this ILogger logger, string label, string reason);

    [LoggerMessage(462, LogLevel.Warning, "Connections of different certificates share no TLS context: {Reason}. All are served; with many names fewer clients resume their sessions, and handshakes cost more")]
    public static partial void ContextsNotShared(this ILogger logger, string reason);
}
