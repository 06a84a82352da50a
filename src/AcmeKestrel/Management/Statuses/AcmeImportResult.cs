namespace AcmeKestrel;

/// <summary>What became of a certificate from elsewhere (<see cref="IAcmeCertificates.ImportAsync"/>). Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeImportResult
{
    /// <summary>A result with what is always there.</summary>
    public AcmeImportResult(string label, AcmeImportOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(label);
        (Label, Outcome) = (label, outcome);
    }

    /// <summary>The certificate that it is, or would be.</summary>
    public string Label { get; }

    /// <summary>What became of it.</summary>
    public AcmeImportOutcome Outcome { get; }

    /// <summary>A sentence: why nothing has changed; null where it was imported.</summary>
    public string? Reason { get; init; }

    /// <summary>The names in it; empty where it cannot be read.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Until when it is valid; null where it cannot be read.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>Whoever wishes its names already, so that it is renewed: a configuration key, a file, a route; null: nobody does.</summary>
    public string? WishedBy { get; init; }

    /// <summary>What is to be wished so that it is renewed as it is (<see cref="IAcmeState.Want"/>); null where it cannot be used, or somebody wishes it already.</summary>
    public AcmeCertificateRequest? Wish { get; init; }
}
