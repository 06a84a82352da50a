namespace AcmeKestrel;

/// <summary>What became of going back to the previous certificate (<see cref="IAcmeCertificates.RollBackAsync"/>). Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeRollBackResult
{
    /// <summary>A result with what is always there.</summary>
    public AcmeRollBackResult(AcmeCertificateStatus status, bool isRolledBack)
    {
        ArgumentNullException.ThrowIfNull(status);
        (Status, IsRolledBack) = (status, isRolledBack);
    }

    /// <summary>The label's status afterwards. <see cref="AcmeCertificateStatus.NextAttempt"/> is when the certificate is renewed by its own age.</summary>
    public AcmeCertificateStatus Status { get; }

    /// <summary>The previous certificate is served. False: nothing has changed, and <see cref="Problem"/> says why.</summary>
    public bool IsRolledBack { get; }

    /// <summary>When the certificate that is served now was issued; null where nothing has changed.</summary>
    public DateTimeOffset? IssuedAt { get; init; }

    /// <summary>It is due for renewal already: it is served, and another one is ordered at once unless the label is on hold.</summary>
    public bool IsRenewalDue { get; init; }

    /// <summary>A sentence: why there is nothing to go back to; null where it was done.</summary>
    public string? Problem { get; init; }
}
