namespace AcmeKestrel;

/// <summary>How one hook is doing. A snapshot: it does not change. Members may be added in minor versions; the constructor and the setters are there for tests of your own.</summary>
public sealed class AcmeHookStatus
{
    /// <summary>A status with what is always there.</summary>
    public AcmeHookStatus(string name, IReadOnlyList<AcmeHookEvent> events)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(events);
        (Name, Events) = (name, events);
    }

    /// <summary>Where it comes from and its name there: <c>program.reload</c>, <c>folder.10-nginx</c>, <c>webhook.chat</c>, <c>code.MyHook</c>.</summary>
    public string Name { get; }

    /// <summary>What it is told of.</summary>
    public IReadOnlyList<AcmeHookEvent> Events { get; }

    /// <summary>What it has not been told yet: events of certificates.</summary>
    public int Pending { get; init; }

    /// <summary>Since when the oldest of these is owed.</summary>
    public DateTimeOffset? PendingSince { get; init; }

    /// <summary>Labels of these, at most 25.</summary>
    public IReadOnlyList<string> PendingLabels { get => field ?? []; init; }

    /// <summary>How often in a row it could not be told the same.</summary>
    public int Failures { get; init; }

    /// <summary>Why not; null: it could.</summary>
    public string? LastProblem { get; init; }

    /// <summary>When it is tried again; null: nothing failed.</summary>
    public DateTimeOffset? NextAttempt { get; init; }
}
