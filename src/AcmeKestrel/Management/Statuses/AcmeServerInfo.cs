namespace AcmeKestrel;

/// <summary>A running server, as it tells of itself. Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeServerInfo
{
    /// <summary>Its process.</summary>
    public int ProcessId { get; init; }

    /// <summary>The user it runs as.</summary>
    public string User { get => field ?? ""; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>The library's version that it runs.</summary>
    public string Version { get => field ?? ""; init; }
}
