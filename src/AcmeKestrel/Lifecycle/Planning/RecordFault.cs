namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Why a stored record of a label cannot be used.</summary>
/// <param name="Reason">Names the record.</param>
/// <param name="MayPass">It could not be read, and may be whole: it is read again.</param>
internal sealed record RecordFault(string Reason, bool MayPass)
{
    public Obstacle ObstacleAt(DateTimeOffset now) => new(MayPass ? ObstacleKind.StoreUnavailable : ObstacleKind.RecordDamaged, Reason, now + Obstacles.UsualWait);
}
