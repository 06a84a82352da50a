namespace AcmeKestrel;

/// <summary>What came of a program.</summary>
public sealed class AcmeProgramResult
{
    internal AcmeProgramResult()
    {
    }

    /// <summary>Null: it has none, by <see cref="Fault"/>.</summary>
    public int? ExitCode { get; internal init; }

    /// <summary>Why it has no exit code, such as that it was ended when its time was over.</summary>
    public string? Fault { get; internal init; }

    /// <summary>The last of what it said on both its outputs, in one line that is safe for a log: without control characters and keys.</summary>
    public string Output { get; internal init; } = "";
}
