namespace AcmeKestrel;

/// <summary>Whether a certificate would come (<see cref="IAcmeCertificates.DryRunAsync"/>). Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeDryRunResult
{
    /// <summary>A result with what is always there.</summary>
    public AcmeDryRunResult(string label, string provider, bool isGood)
    {
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(provider);
        (Label, Provider, IsGood) = (label, provider, isGood);
    }

    /// <summary>Names the certificate.</summary>
    public string Label { get; }

    /// <summary>The provider that was tried, by its name in the configuration: the staging directory of the wished one.</summary>
    public string Provider { get; }

    /// <summary>A certificate came for all names, and was as it should be. It was thrown away.</summary>
    public bool IsGood { get; }

    /// <summary>The names of the certificate that came.</summary>
    public IReadOnlyList<string> Names { get => field ?? []; init; }

    /// <summary>Its last moment.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>The challenge type that proved the names; null: none did.</summary>
    public string? ChallengeType { get; init; }

    /// <summary>Why none came; null where one did.</summary>
    public AcmeCertificateProblem? Problem { get; init; }
}
