namespace AcmeKestrel;

/// <summary>
/// The accounts at CAs that this application keeps; they are registered by themselves when the first certificate is ordered. An account is named by the provider's name in
/// the configuration and its mail address: null = the configured default, an empty mail address = the account without one.
/// </summary>
/// <remarks>A service of the library, not for implementation: members are added in minor versions. A fake of your own in a test then needs the new member, too.</remarks>
public interface IAcmeAccounts
{
    /// <summary>All accounts of this state; no CA is asked.</summary>
    Task<IReadOnlyList<AcmeAccountStatus>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives the account a new key (RFC 8555 section 7.3.5). New orders of this account wait meanwhile, orders whose names are being validated end first; certificates stay as they are.
    /// Cancelled while it waits for those, nothing has changed.
    /// </summary>
    /// <returns>The account with its new key.</returns>
    /// <exception cref="AcmeAccountException">There is no such account, the CA refused, or the outcome is not known yet: then it is settled by itself before the account is used again.</exception>
    Task<AcmeAccountStatus> ChangeKeyAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Closes the account for good (RFC 8555 section 7.3.6). Its certificates stay valid and are served on, but nothing is ordered with it any more, and no other account is registered in its place
    /// before its record is moved away or another mail address is configured. Waits for orders as <see cref="ChangeKeyAsync"/> does; a second call asks the CA again.
    /// </summary>
    /// <exception cref="AcmeAccountException">There is no such account, the CA refused, or the outcome is not known.</exception>
    Task DeactivateAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default);
}
