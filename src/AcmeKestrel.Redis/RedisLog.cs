using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Redis;

internal static partial class RedisLog
{
    [LoggerMessage(860, LogLevel.Warning, "Redis at {Servers} {Reason}. What is known is served on, and nothing is ordered until it is back, which is tried without end")]
    public static partial void ConnectionIsLost(this ILogger logger, string servers, string reason);

    [LoggerMessage(861, LogLevel.Information, "The connection to Redis at {Servers} is back")]
    public static partial void ConnectionIsBack(this ILogger logger, string servers);

    [LoggerMessage(862, LogLevel.Warning, "Redis at {Servers} throws away any key when it is full (maxmemory-policy {Policy}): certificates, accounts and leases of this state, too. Set noeviction")]
    public static partial void ServerEvicts(this ILogger logger, string servers, string policy);

    [LoggerMessage(863, LogLevel.Information, "Redis at {Servers} writes no log to its disk (appendonly no): what it acknowledged since its last snapshot is lost when it ends")]
    public static partial void ServerHasNoLog(this ILogger logger, string servers);
}
