using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Diagnostics;

internal static partial class ChallengesLog
{
    [LoggerMessage(400, LogLevel.Warning, "The store was asked for a challenge answer and did not give one")]
    public static partial void StoredAnswersUnavailable(this ILogger logger, Exception exception);
}
