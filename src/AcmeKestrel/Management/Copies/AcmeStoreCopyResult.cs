namespace AcmeKestrel;

/// <summary>What came of a copy (<see cref="IAcmeStores.CopyAsync"/>). Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeStoreCopyResult
{
    /// <summary>From a type of stores to another one.</summary>
    public AcmeStoreCopyResult(string from, string to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        (From, To) = (from, to);
    }

    /// <summary>The source's type.</summary>
    public string From { get; }

    /// <summary>The target's type.</summary>
    public string To { get; }

    /// <summary>Records that were written.</summary>
    public int Copied { get; init; }

    /// <summary>Records that the target had already when it was first looked at.</summary>
    public int Unchanged { get; init; }

    /// <summary>Records that the source has no more, and the target neither now.</summary>
    public int Removed { get; init; }

    /// <summary>What the target alone had, and no copy had brought there, and is removed or replaced (<see cref="AcmeStoreCopyRequest.Overwrite"/>).</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];

    /// <summary>A sentence for each thing that is damaged and was not copied.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>A sentence for each record in which both differed when they were looked at last: a server went on. Another call brings them.</summary>
    public IReadOnlyList<string> Differences { get; init; } = [];
}
