namespace AcmeKestrel.CommandLine.Doctoring;

/// <summary>What was looked at, how it is, and what to do.</summary>
/// <param name="Advice">Null: nothing is to be done.</param>
internal sealed record Finding(string Subject, FindingLevel Level, string Message, string? Advice = null)
{
    public static Finding Ok(string subject, string message) => new(subject, FindingLevel.Ok, message);
}

internal enum FindingLevel
{
    Ok,

    /// <summary>It may be meant so.</summary>
    Warning,

    /// <summary>Certificates will be missing, or are.</summary>
    Wrong,
}
