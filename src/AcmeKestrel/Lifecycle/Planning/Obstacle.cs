namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Why nothing is done for a label now.</summary>
/// <param name="Kind">For programs.</param>
/// <param name="Reason">A sentence for the operator that names the key, the file or the CA.</param>
/// <param name="Until">When to look again; null = when wishes or settings change, or when whoever is waited for says so.</param>
internal sealed record Obstacle(ObstacleKind Kind, string Reason, DateTimeOffset? Until = null)
{
    /// <summary>The bucket of the CA's limits for which the label takes turns with others; null: none.</summary>
    public string? Line { get; init; }

    /// <summary>Nothing is wrong, and nothing is to come: what is stored is served until it ends.</summary>
    public bool IsRest { get; init; }

    /// <summary>It passes by itself in a moment: whoever waits for an outcome waits on.</summary>
    public bool IsBrief => Kind is ObstacleKind.Starting or ObstacleKind.StateBeingRead or ObstacleKind.CaAtWork;
}
