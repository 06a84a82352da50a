namespace AcmeKestrel.Management.Control;

/// <summary>What a command asks the running server: one line of JSON.</summary>
internal sealed record ControlQuestion(ControlVerb Verb)
{
    /// <summary>Of the certificate that is asked about.</summary>
    public string? Label { get; init; }
}

internal enum ControlVerb
{
    /// <summary>Who answers.</summary>
    Info,

    /// <summary>All statuses.</summary>
    List,

    /// <summary>One status with all that is known.</summary>
    Get,

    /// <summary>How each hook is doing.</summary>
    Hooks,

    /// <summary>All statuses, as soon as none is being worked on.</summary>
    Settled,

    /// <summary>All statuses, and then each that changes, until one side ends it.</summary>
    Watch,
}
