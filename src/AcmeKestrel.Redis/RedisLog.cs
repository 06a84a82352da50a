using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Redis;

internal static partial class RedisLog
{
    [LoggerMessage(860, LogLevel.Warning, "The connection to Redis at {Servers} is lost: it {Reason}. What is known is served on; nothing is ordered until it is back, which is tried without end")]
    public static partial void ConnectionIsLost(this ILogger logger, string servers, string reason);

    [LoggerMessage(861, LogLevel.Information, "The connection to Redis at {Servers} is back")]
    public static partial void ConnectionIsBack(this ILogger logger, string servers);

    [LoggerMessage(862, LogLevel.Warning, "Redis at {Servers} {Doubt}")]
    public static partial void ServerIsDoubtful(this ILogger logger, string servers, string doubt);
}
