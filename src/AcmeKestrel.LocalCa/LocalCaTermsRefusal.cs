namespace AcmeKestrel.LocalCa;

/// <summary>How a registration that does not agree to the terms of service is refused. RFC 8555 leaves it open, and CAs differ.</summary>
public enum LocalCaTermsRefusal
{
    /// <summary>403 <c>userActionRequired</c> with a link to the terms, as newer Pebbles.</summary>
    UserActionRequired,

    /// <summary>403 <c>agreementRequired</c> with a link to the terms, as older Pebbles.</summary>
    AgreementRequired,

    /// <summary>400 <c>malformed</c>, as Let's Encrypt.</summary>
    Malformed,
}
