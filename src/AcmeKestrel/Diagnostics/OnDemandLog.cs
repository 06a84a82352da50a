using System.Net;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

internal static partial class OnDemandLog
{
    [LoggerMessage(760, LogLevel.Information, "{Name} gets a certificate on demand: {Remote} came for it, and it is allowed")]
    public static partial void OnDemandAllowed(this ILogger logger, string name, IPAddress? remote);

    [LoggerMessage(761, LogLevel.Debug, "{Name} gets no certificate on demand: it is not allowed")]
    public static partial void OnDemandDenied(this ILogger logger, string name);

    [LoggerMessage(762, LogLevel.Warning, "Nobody says whether {Name} may have a certificate on demand, so it gets none: {Problem}")]
    public static partial void OnDemandUnanswered(this ILogger logger, string name, string problem);

    [LoggerMessage(763, LogLevel.Warning, "More names are asked for than {Count} in {Window} (Acme:OnDemand:Asks): those beyond that are not asked for, the first of them {Name}")]
    public static partial void OnDemandFlood(this ILogger logger, int count, TimeSpan window, string name);

    [LoggerMessage(764, LogLevel.Warning, "{Name} is allowed and cannot be wished on demand now: {Reason}")]
    public static partial void OnDemandPostponed(this ILogger logger, string name, string reason);

    [LoggerMessage(765, LogLevel.Information, "{Name} is wished on demand no more: {Reason}")]
    public static partial void OnDemandGone(this ILogger logger, string name, string reason);

    [LoggerMessage(766, LogLevel.Information, "{Label} is not renewed: {Reason}")]
    public static partial void NotVisited(this ILogger logger, string label, string reason);
}
