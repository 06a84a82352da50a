namespace AcmeKestrel;

/// <summary>A revocation that has not come to its end: see <see cref="AcmeCertificateStatus.Revocation"/>.</summary>
public sealed class AcmePendingRevocation
{
    /// <summary>One without a problem.</summary>
    public AcmePendingRevocation(DateTimeOffset since, AcmeRevocationReason reason) => (Since, Reason) = (since, reason);

    /// <summary>When it was asked for, or when the CA was found to have revoked the certificate.</summary>
    public DateTimeOffset Since { get; }

    /// <summary>Why.</summary>
    public AcmeRevocationReason Reason { get; }

    /// <summary>The CA has revoked the certificate, and what takes its place is not here yet.</summary>
    public bool IsRevoked { get; init; }

    /// <summary>A sentence: why the CA has not revoked it yet; null where nothing went wrong.</summary>
    public string? Problem { get; init; }
}
