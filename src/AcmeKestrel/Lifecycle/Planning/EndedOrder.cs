using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>An order that has come to its end, as far as the next plan cares.</summary>
/// <param name="Id">Its intent's.</param>
/// <param name="Identifiers">The names it was for.</param>
internal sealed record EndedOrder(string Id, IReadOnlyList<string> Identifiers)
{
    /// <summary>Whose it was.</summary>
    public AccountName? Account { get; init; }

    /// <summary>The profile that was wished.</summary>
    public string? WishedProfile { get; init; }

    /// <summary>Without the profile nothing is ordered.</summary>
    public bool RequiresProfile { get; init; }

    /// <summary>The challenge type it was to begin with.</summary>
    public string? LeadingChallenge { get; init; }

    /// <summary>The challenge type that all its names were validated with; null where they were valid before.</summary>
    public string? WorkedChallenge { get; init; }

    /// <summary>Records that were to stand in DNS for good; null: none was chosen, or the names were valid before.</summary>
    public IReadOnlyList<string>? PermanentRecords { get; init; }

    /// <summary>Early renewals in a row, this one included.</summary>
    public int EarlyRenewals { get; init; }
}
