namespace AcmeKestrel.Protocol;

/// <summary>What newAccount says (RFC 8555 section 7.3).</summary>
public sealed record AcmeRegistration
{
    /// <summary>One mail address without <c>mailto:</c>, or null.</summary>
    public string? Email { get; init; }

    /// <summary>Whether the operator accepts <see cref="AcmeDirectory.TermsOfService"/>.</summary>
    public bool TermsOfServiceAgreed { get; init; }

    /// <summary>Only look for the key's account; never make one (RFC 8555 section 7.3.1).</summary>
    public bool OnlyReturnExisting { get; init; }

    /// <summary>Where the CA wants one.</summary>
    public AcmeExternalAccount? ExternalAccount { get; init; }
}
