namespace AcmeKestrel.LocalCa;

/// <summary>What the CA knows of a certificate that it issued.</summary>
/// <param name="RevokedAt">When it was revoked; null = it is not.</param>
/// <param name="Reason">RFC 5280 section 5.3.1, as the client gave it; null = none was given, or not revoked.</param>
public sealed record LocalCaCertificateStatus(DateTimeOffset? RevokedAt, int? Reason)
{
    /// <summary>Whether it was revoked. Time alone does not revoke: an expired certificate is not.</summary>
    public bool IsRevoked => RevokedAt is not null;
}
