namespace AcmeKestrel.Desired;

/// <summary>An entry that could not become a wish.</summary>
public sealed record DesiredProblem
{
    /// <summary>A problem and where it is.</summary>
    public DesiredProblem(string origin, string message)
    {
        ArgumentNullException.ThrowIfNull(origin);
        ArgumentNullException.ThrowIfNull(message);
        (Origin, Message) = (origin, message);
    }

    /// <summary>The configuration key, or the file and line.</summary>
    public string Origin { get; init; }

    /// <summary>A sentence that says what is wrong with it.</summary>
    public string Message { get; init; }
}
