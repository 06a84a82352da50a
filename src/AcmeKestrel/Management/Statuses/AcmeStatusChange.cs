namespace AcmeKestrel;

/// <summary>What became of the status of one label.</summary>
public sealed record AcmeStatusChange
{
    /// <summary>A change of the label's status.</summary>
    public AcmeStatusChange(string label, AcmeCertificateStatus? status)
    {
        ArgumentNullException.ThrowIfNull(label);
        (Label, Status) = (label, status);
    }

    /// <summary>Names the certificate; of an entry that could not become a wish, where it stands.</summary>
    public string Label { get; init; }

    /// <summary>As it is now; null: it is wished no more.</summary>
    public AcmeCertificateStatus? Status { get; init; }
}
