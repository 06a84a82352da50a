namespace AcmeKestrel;

/// <summary>Why a certificate is revoked (RFC 5280 section 5.3.1), as far as that is for its owner to say. Values may be added in minor versions.</summary>
public enum AcmeRevocationReason
{
    /// <summary>No reason is given.</summary>
    Unspecified = 0,

    /// <summary>Somebody else has, or may have, the private key.</summary>
    KeyCompromise = 1,

    /// <summary>The owner's name or other particulars have changed. Some CAs take it for no reason of theirs; it is left out then.</summary>
    AffiliationChanged = 3,

    /// <summary>Another certificate has taken its place.</summary>
    Superseded = 4,

    /// <summary>The names are used no more.</summary>
    CessationOfOperation = 5,
}
