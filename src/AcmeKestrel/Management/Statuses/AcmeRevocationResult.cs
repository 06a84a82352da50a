namespace AcmeKestrel;

/// <summary>What became of a revocation (<see cref="IAcmeCertificates.RevokeAsync"/>). Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeRevocationResult
{
    /// <summary>A result with what is always there.</summary>
    public AcmeRevocationResult(string label, bool isRevoked)
    {
        ArgumentNullException.ThrowIfNull(label);
        (Label, IsRevoked) = (label, isRevoked);
    }

    /// <summary>Names the certificate.</summary>
    public string Label { get; }

    /// <summary>The CA has revoked it. False: it is on record, survives restarts and goes on by itself; <see cref="Problem"/> says what it waits for.</summary>
    public bool IsRevoked { get; }

    /// <summary>A sentence: why the CA has not revoked it yet; null where it has.</summary>
    public string? Problem { get; init; }

    /// <summary>The label's status, with its new certificate; null where nobody wishes the label any more: then nothing takes the revoked one's place.</summary>
    public AcmeCertificateStatus? Status { get; init; }
}
