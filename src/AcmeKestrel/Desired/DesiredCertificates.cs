namespace AcmeKestrel.Desired;

/// <summary>A source's wishes and the entries of it that are none.</summary>
public sealed record DesiredCertificates
{
    /// <summary>Wishes without a problem.</summary>
    public DesiredCertificates(IReadOnlyList<DesiredCertificate> certificates)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        Certificates = certificates;
    }

    /// <summary>Nothing is wished.</summary>
    public static DesiredCertificates Empty { get; } = new([]);

    /// <summary>What is wished.</summary>
    public IReadOnlyList<DesiredCertificate> Certificates { get; init; }

    /// <summary>What could not become a wish, and why.</summary>
    public IReadOnlyList<DesiredProblem> Problems { get; init; } = [];

    /// <summary>What stays of what was wished under the same key before; null: nothing.</summary>
    internal FormerWishes? Former { get; init; }
}
