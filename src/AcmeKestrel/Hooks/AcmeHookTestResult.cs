namespace AcmeKestrel;

/// <summary>What a hook did when it was told something as a test (<see cref="IAcmeHooks.TestAsync"/>). Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeHookTestResult
{
    /// <summary>A result with what is always there.</summary>
    /// <param name="name">The hook's.</param>
    /// <param name="event">What it was told.</param>
    /// <param name="outcome">What became of it.</param>
    public AcmeHookTestResult(string name, AcmeHookEvent @event, AcmeHookTestOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(name);
        (Name, Event, Outcome) = (name, @event, outcome);
    }

    /// <summary>As the status names it: <c>program.reload</c>.</summary>
    public string Name { get; }

    /// <summary>What it was told.</summary>
    public AcmeHookEvent Event { get; }

    /// <summary>What became of it.</summary>
    public AcmeHookTestOutcome Outcome { get; }

    /// <summary>The certificate that it was told of; null: there is none.</summary>
    public string? Label { get; init; }

    /// <summary>Of a program that came to its end.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The last of what it said, without keys and control characters, its lines with <c>|</c> between them; null: nothing.</summary>
    public string? Output { get; init; }

    /// <summary>What is wrong; null: nothing.</summary>
    public string? Problem { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }
}
