using AcmeKestrel.Protocol;

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

    /// <summary>One account of this state, or null; no CA is asked.</summary>
    /// <exception cref="AcmeAccountException">There is no such provider.</exception>
    Task<AcmeAccountStatus?> FindAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default);

    /// <summary>What the CA says of itself: its terms, its names in CAA records. Asks the CA, and nobody else.</summary>
    /// <exception cref="AcmeAccountException">There is no such provider, or the CA does not answer.</exception>
    Task<AcmeDirectory> ReadDirectoryAsync(string? provider = null, CancellationToken cancellationToken = default);

    /// <summary>The account that there is, or a new one: what the first order would do by itself.</summary>
    /// <param name="acceptTermsOfService">You agree to the CA's terms for this account (<see cref="ReadDirectoryAsync"/> tells where they are); false: as <c>Acme:AcceptTermsOfService</c> says.</param>
    /// <param name="provider">As above.</param>
    /// <param name="email">As above.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeAccountException">The terms are not accepted, the CA refused, or the account was closed here.</exception>
    Task<AcmeAccountStatus> RegisterAsync(bool acceptTermsOfService = false, string? provider = null, string? email = null, CancellationToken cancellationToken = default);

    /// <summary>Finds the account of a key at the CA (RFC 8555 section 7.3.1) and keeps it here; registers none.</summary>
    /// <param name="key">A private key as PEM or JWK, or what <see cref="ExportAsync"/> wrote, which names provider and mail address where they are not given; null: a key that this state has already.</param>
    /// <param name="provider">As above.</param>
    /// <param name="email">As above.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeAccountException">The CA has no account for it, has closed it, or another account has its place here; nothing has changed.</exception>
    Task<AcmeAccountStatus> RecoverAsync(string? key = null, string? provider = null, string? email = null, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives the account another mail address (RFC 8555 section 7.3.2). It is the new address's from then on, whatever certificates are wished with the old one: those keep what they have, and their next order is held until
    /// the configuration names the new address, or <see cref="RegisterAsync"/> has made another account for the old one. Waits for orders as <see cref="ChangeKeyAsync"/> does.
    /// </summary>
    /// <exception cref="AcmeAccountException">There is no such account, the new address has one, or the CA refused.</exception>
    Task<AcmeAccountStatus> ChangeEmailAsync(string newEmail, string? provider = null, string? email = null, CancellationToken cancellationToken = default);

    /// <summary>Writes the account's key, and what it is, to a new file that only this user can read (0600).</summary>
    /// <exception cref="AcmeAccountException">There is no such account, or its key is being changed.</exception>
    /// <exception cref="Storage.StoreUnavailableException">The file is there already, or cannot be written.</exception>
    Task<AcmeAccountStatus> ExportAsync(string path, string? provider = null, string? email = null, CancellationToken cancellationToken = default);

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
    /// <returns>The account, closed.</returns>
    /// <exception cref="AcmeAccountException">There is no such account, the CA refused, or the outcome is not known.</exception>
    Task<AcmeAccountStatus> DeactivateAsync(string? provider = null, string? email = null, CancellationToken cancellationToken = default);
}
