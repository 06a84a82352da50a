namespace AcmeKestrel.Protocol;

/// <summary>
/// What kind of failure it is, which decides whether and when a retry can help. Kinds may be added in minor versions: treat one that you do not know as <see cref="Protocol"/>.
/// </summary>
public enum AcmeFault
{
    /// <summary>No connection, TLS failure, timeout, or an answer cut off: the request may or may not have been processed. The CA's side.</summary>
    Connection,

    /// <summary>5xx, or a CA that takes none of its own nonces. The CA's side; the request may have been processed.</summary>
    Server,

    /// <summary>429 or <c>rateLimited</c>: this order stops until <see cref="AcmeException.RetryAfter"/>.</summary>
    RateLimited,

    /// <summary>An answer that is no ACME: wrong content, too large, a redirect, an http URL, a missing member. A retry soon will not help.</summary>
    Protocol,

    /// <summary>The CA rejects the request or the validation failed: a retry after the cause is mended.</summary>
    Rejected,

    /// <summary>A human must act first: terms, external account binding, a paused or deactivated account.</summary>
    HumanNeeded,

    /// <summary>The account is not known at the CA (<c>accountDoesNotExist</c>).</summary>
    AccountUnknown,
}
