namespace AcmeKestrel;

/// <summary>What a pass did. Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeReconcileResult
{
    /// <summary>Labels that got a new certificate.</summary>
    public IReadOnlyList<string> Issued { get => field ?? []; init; }

    /// <summary>What failed or is held.</summary>
    public IReadOnlyList<AcmeCertificateStatus> Failed { get => field ?? []; init; }

    /// <summary>Every status after the pass.</summary>
    public IReadOnlyList<AcmeCertificateStatus> Current { get => field ?? []; init; }

    /// <summary>Why the pass could not be made at all, or null.</summary>
    public string? Error { get; init; }
}
