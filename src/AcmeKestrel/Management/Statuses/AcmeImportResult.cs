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

    /// <summary>A sentence: why nothing has changed, or which of its names nobody wished; null where it was imported and there is no more to say.</summary>
    public string? Reason { get; init; }

    /// <summary>The names in it; empty where it cannot be read.</summary>
    public IReadOnlyList<string> Names { get => field ?? []; init; }

    /// <summary>Until when it is valid; null where it cannot be read.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>Whoever wishes its names already, so that it is renewed: a configuration key, a file, a route; null: nobody wishes all of them.</summary>
    public string? WishedBy { get; init; }

    /// <summary>What is to be wished so that each of its names is renewed (<see cref="IAcmeState.Want"/>); null where it cannot be used, or all of them are wished already.</summary>
    public AcmeCertificateRequest? Wish { get; init; }
}
