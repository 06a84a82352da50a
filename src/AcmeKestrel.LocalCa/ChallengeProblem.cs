namespace AcmeKestrel.LocalCa;

/// <summary>Why a challenge failed.</summary>
public sealed record ChallengeProblem
{
    /// <summary>A problem of this type, in these words.</summary>
    public ChallengeProblem(string type, string detail)
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(detail);
        (Type, Detail) = (type, detail);
    }

    /// <summary>Without <c>urn:ietf:params:acme:error:</c>, such as <c>connection</c> or <c>unauthorized</c>.</summary>
    public string Type { get; init; }

    /// <summary>A sentence for the client's operator.</summary>
    public string Detail { get; init; }
}
