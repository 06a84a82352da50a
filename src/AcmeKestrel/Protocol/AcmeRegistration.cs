namespace AcmeKestrel.Protocol;

/// <summary>What newAccount says (RFC 8555 section 7.3).</summary>
public sealed record AcmeRegistration
{
    /// <summary>Where the CA may reach the operator, as URLs such as <c>mailto:ops@example.com</c>; empty = nowhere (RFC 8555 section 7.3).</summary>
    public IReadOnlyList<string> Contact { get; init; } = [];

    /// <summary>Whether the operator accepts <see cref="AcmeDirectory.TermsOfService"/>.</summary>
    public bool TermsOfServiceAgreed { get; init; }

    /// <summary>Only look for the key's account; never make one (RFC 8555 section 7.3.1).</summary>
    public bool OnlyReturnExisting { get; init; }

    /// <summary>Where the CA wants one.</summary>
    public AcmeExternalAccount? ExternalAccount { get; init; }
}
