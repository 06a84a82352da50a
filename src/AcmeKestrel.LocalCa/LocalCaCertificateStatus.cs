namespace AcmeKestrel.LocalCa;

/// <summary>What the CA knows of a certificate that it issued.</summary>
public sealed record LocalCaCertificateStatus
{
    internal LocalCaCertificateStatus(DateTimeOffset? revokedAt, int? reason) => (RevokedAt, Reason) = (revokedAt, reason);

    /// <summary>When it was revoked; null = it is not.</summary>
    public DateTimeOffset? RevokedAt { get; }

    /// <summary>RFC 5280 section 5.3.1, as the client gave it; null = none was given, or not revoked.</summary>
    public int? Reason { get; }

    /// <summary>Whether it was revoked. Time alone does not revoke: an expired certificate is not.</summary>
    public bool IsRevoked => RevokedAt is not null;
}
