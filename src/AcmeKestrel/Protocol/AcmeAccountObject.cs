namespace AcmeKestrel.Protocol;

/// <summary>An account as the CA shows it (RFC 8555 section 7.1.2).</summary>
/// <param name="Status"><see cref="AcmeStatus.Valid"/>, <see cref="AcmeStatus.Deactivated"/> by the client, or <see cref="AcmeStatus.Revoked"/> by the CA.</param>
/// <param name="Contact">Contact URLs; empty also at CAs that do not show them.</param>
public sealed record AcmeAccountObject(AcmeStatus Status, IReadOnlyList<string> Contact)
{
    /// <summary>Where the account's orders are listed; null at CAs that keep no list, though RFC 8555 section 7.1.2.1 wants one.</summary>
    public string? Orders { get; init; }
}
