namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>An obstacle that was met on the way: nothing can be done before it is gone, and no attempt is counted.</summary>
internal sealed class HeldException(Obstacle obstacle, Exception? inner = null) : Exception(obstacle.Reason, inner)
{
    public HeldException(ObstacleKind kind, string reason, DateTimeOffset? until = null, Exception? inner = null)
        : this(new Obstacle(kind, reason, until), inner)
    {
    }

    public Obstacle Obstacle { get; } = obstacle;
}
