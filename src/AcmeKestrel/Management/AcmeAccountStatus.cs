namespace AcmeKestrel;

/// <summary>An account that this state knows.</summary>
/// <param name="DirectoryUrl">The CA.</param>
/// <param name="Email">Null for the account without a mail address.</param>
/// <param name="AccountUrl">Null until the CA told it.</param>
/// <param name="Thumbprint">Of its key (RFC 7638): what a CAA record or a stateless challenge answer may need.</param>
/// <param name="IsClosed">Closed by <see cref="IAcmeAccounts.DeactivateAsync"/>, or about to be.</param>
/// <param name="IsChanging">A change of its key has begun and its outcome is not known yet.</param>
public sealed record AcmeAccountStatus(string DirectoryUrl, string? Email, string? AccountUrl, string Thumbprint, bool IsClosed, bool IsChanging);
