namespace AcmeKestrel.Protocol;

/// <summary>Where a CA's resources are (RFC 8555 section 7.1.1). Every URL is https.</summary>
/// <param name="RevokeCert">Null at private CAs that leave revocation to other ways.</param>
/// <param name="KeyChange">Null where account keys cannot be changed.</param>
public sealed record AcmeDirectory(string NewNonce, string NewAccount, string NewOrder, string? RevokeCert, string? KeyChange)
{
    /// <summary>RFC 9773; null where the CA has none.</summary>
    public string? RenewalInfo { get; init; }

    /// <summary><c>meta.termsOfService</c>, which may be a <c>data:</c> URL.</summary>
    public string? TermsOfService { get; init; }

    /// <summary><c>meta.website</c>.</summary>
    public string? Website { get; init; }

    /// <summary><c>meta.caaIdentities</c>.</summary>
    public IReadOnlyList<string> CaaIdentities { get; init; } = [];

    /// <summary><c>meta.externalAccountRequired</c>.</summary>
    public bool ExternalAccountRequired { get; init; }

    /// <summary><c>meta.profiles</c>: description by name.</summary>
    public IReadOnlyDictionary<string, string> Profiles { get; init; } = new Dictionary<string, string>();
}
