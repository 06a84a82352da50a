namespace AcmeKestrel;

/// <summary>
/// An account that this state knows. A snapshot: it does not change. Members may be added in minor versions; the setters are there for tests of your own.
/// </summary>
public sealed class AcmeAccountStatus
{
    /// <summary>The CA by its name in the configuration; null: it has none there.</summary>
    public string? Provider { get; init; }

    /// <summary>The CA.</summary>
    public required string DirectoryUrl { get; init; }

    /// <summary>Null for the account without a mail address.</summary>
    public string? Email { get; init; }

    /// <summary>Null until the CA told it.</summary>
    public string? AccountUrl { get; init; }

    /// <summary>Of its key (RFC 7638): what a CAA record or a stateless challenge answer may need.</summary>
    public required string Thumbprint { get; init; }

    /// <summary>Closed by <see cref="IAcmeAccounts.DeactivateAsync"/>, or about to be.</summary>
    public bool IsClosed { get; init; }

    /// <summary>A change of its key has begun and its outcome is not known yet.</summary>
    public bool IsChanging { get; init; }

    /// <summary>The CA, and what the account is known by there.</summary>
    public override string ToString() => $"{AccountUrl ?? Thumbprint} at {DirectoryUrl}";
}
