namespace AcmeKestrel.Protocol;

/// <summary>
/// The status of an account, an order, an authorization or a challenge (RFC 8555 section 7.1.6); a value this library does not know is <see cref="Unknown"/>.
/// Values may be added in minor versions: treat one that you do not know as <see cref="Unknown"/>.
/// </summary>
public enum AcmeStatus
{
    /// <summary>None of the others.</summary>
    Unknown,

    /// <summary>Something is still to be done by the client.</summary>
    Pending,

    /// <summary>The order may be finalized.</summary>
    Ready,

    /// <summary>The CA is working.</summary>
    Processing,

    /// <summary>Done.</summary>
    Valid,

    /// <summary>Failed for good.</summary>
    Invalid,

    /// <summary>Given up by the client.</summary>
    Deactivated,

    /// <summary>Too old.</summary>
    Expired,

    /// <summary>Taken back by the CA.</summary>
    Revoked,
}
