namespace AcmeKestrel;

/// <summary>What is copied, and where to.</summary>
public sealed record AcmeStoreCopyRequest
{
    /// <summary>From a type of stores to another one, each with the keys that the configuration has of it.</summary>
    public AcmeStoreCopyRequest(string from, string to)
    {
        ArgumentException.ThrowIfNullOrEmpty(from);
        ArgumentException.ThrowIfNullOrEmpty(to);
        (From, To) = (from, to);
    }

    /// <summary>One of <see cref="IAcmeStores.Types"/>.</summary>
    public string From { get; init; }

    /// <summary>Another one of them.</summary>
    public string To { get; init; }

    /// <summary>Accounts and certificates that only the target has are removed there; without it, nothing is copied then.</summary>
    public bool Overwrite { get; init; }
}
