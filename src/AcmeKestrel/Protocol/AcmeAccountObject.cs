namespace AcmeKestrel.Protocol;

/// <summary>An account as the CA shows it (RFC 8555 section 7.1.2).</summary>
public sealed class AcmeAccountObject
{
    internal AcmeAccountObject(AcmeStatus status, IReadOnlyList<string> contact) => (Status, Contact) = (status, contact);

    /// <summary><see cref="AcmeStatus.Valid"/>, <see cref="AcmeStatus.Deactivated"/> by the client, or <see cref="AcmeStatus.Revoked"/> by the CA.</summary>
    public AcmeStatus Status { get; }

    /// <summary>Contact URLs; empty also at CAs that do not show them.</summary>
    public IReadOnlyList<string> Contact { get; }

    /// <summary>Where the account's orders are listed; null at CAs that keep no list, though RFC 8555 section 7.1.2.1 wants one.</summary>
    public string? Orders { get; internal init; }
}
