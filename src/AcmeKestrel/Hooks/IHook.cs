namespace AcmeKestrel.Hooks;

/// <summary>Somebody who is told.</summary>
internal interface IHook
{
    /// <summary>Lasting: what is owed to it is kept under this.</summary>
    string Id { get; }

    IReadOnlyCollection<AcmeHookEvent> Events { get; }

    /// <summary>It takes one certificate at a time, whatever the event.</summary>
    bool TakesOne => false;

    /// <summary>Nothing escapes it but the cancellation.</summary>
    Task<HookOutcome> TellAsync(AcmeHookCall call, CancellationToken cancellationToken);
}

internal enum HookOutcomeKind
{
    Done,

    /// <summary>Done, too: the event does not concern the hook.</summary>
    Unsupported,

    /// <summary>It says no.</summary>
    Refused,

    /// <summary>It could not be told, or did not come to an end.</summary>
    Failed,
}

/// <param name="Problem">Safe for a log.</param>
internal sealed record HookOutcome(HookOutcomeKind Kind, string? Problem = null)
{
    public static HookOutcome Done { get; } = new(HookOutcomeKind.Done);

    public static HookOutcome Unsupported { get; } = new(HookOutcomeKind.Unsupported);

    /// <summary>Of a program that came to its end.</summary>
    public int? ExitCode { get; init; }

    /// <summary>What it said; safe for a log, and null where it said nothing.</summary>
    public string? Output { get; init; }

    public bool IsDone => Kind is HookOutcomeKind.Done or HookOutcomeKind.Unsupported;

    public static HookOutcome Failed(string problem) => new(HookOutcomeKind.Failed, problem);

    public static HookOutcome Refused(string problem) => new(HookOutcomeKind.Refused, problem);
}
