using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>What an exception that ended the work on a label means to it. Pure.</summary>
internal static class ExceptionObstacles
{
    private static readonly TimeSpan StoreWait = TimeSpan.FromMinutes(1);

    public static Obstacle Of(Exception exception, DateTimeOffset now) => exception switch
    {
        HeldException { Obstacle: { Until: null, IsBrief: false } held } => held with { Until = now + Obstacles.UsualWait },
        HeldException { Obstacle: var held } => held,
        DamagedRecordException => new Obstacle(ObstacleKind.RecordDamaged, exception.Message, now + Obstacles.UsualWait),
        StoreUnavailableException or StoreConflictException => new Obstacle(ObstacleKind.StoreUnavailable, exception.Message, now + StoreWait),

        // Zero is no wait: obeyed, the CA would be asked for ever and at once.
        AcmeException unanswered => new Obstacle(ObstacleKind.CaUnreachable, unanswered.Message, now + (unanswered.RetryAfter is { Ticks: > 0 } asked ? asked : Obstacles.UsualWait)),
        _ => new Obstacle(ObstacleKind.Unexpected, $"unexpected: {exception.Message}", now + Obstacles.UsualWait),
    };
}
