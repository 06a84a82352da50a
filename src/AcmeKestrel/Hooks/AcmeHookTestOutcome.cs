namespace AcmeKestrel;

/// <summary>What became of a test of a hook. Values may be added in minor versions.</summary>
public enum AcmeHookTestOutcome
{
    /// <summary>It did what it was told.</summary>
    Done,

    /// <summary>It does not know the event, which is done as well.</summary>
    NotSupported,

    /// <summary>It said no: an order would be put off.</summary>
    Refused,

    /// <summary>It could not be told, or did not come to its end: what it is owed would be told again.</summary>
    Failed,

    /// <summary>It was not called.</summary>
    NotCalled,
}
