namespace AcmeKestrel;

/// <summary>A certificate that visitors of some of a label's names are shown in the place of the label's own: see <see cref="AcmeCertificateStatus.ShownInstead"/>. Members may be added in minor versions; the constructor is there for tests of your own.</summary>
public sealed class AcmeShownCertificate
{
    /// <summary>A certificate and whom it is shown.</summary>
    public AcmeShownCertificate(string label, IReadOnlyList<string> names, AcmeStoredCertificate certificate)
    {
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(certificate);
        (Label, Names, Certificate) = (label, names, certificate);
    }

    /// <summary>Whose it is: another label, wished or not any more; or the same one, of which it is an older certificate.</summary>
    public string Label { get; }

    /// <summary>The label's wished names whose visitors get it.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The certificate as its record says.</summary>
    public AcmeStoredCertificate Certificate { get; }

    /// <summary>Whose it is, and for which names.</summary>
    public override string ToString() => $"{Label}: {string.Join(", ", Names)}";
}
