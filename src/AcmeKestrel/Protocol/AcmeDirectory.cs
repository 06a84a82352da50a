namespace AcmeKestrel.Protocol;

/// <summary>Where a CA's resources are (RFC 8555 section 7.1.1). Every URL is https.</summary>
public sealed class AcmeDirectory
{
    internal AcmeDirectory(string newNonce, string newAccount, string newOrder, string? revokeCert, string? keyChange) =>
        (NewNonce, NewAccount, NewOrder, RevokeCert, KeyChange) = (newNonce, newAccount, newOrder, revokeCert, keyChange);

    /// <summary>RFC 8555 section 7.2.</summary>
    public string NewNonce { get; }

    /// <summary>RFC 8555 section 7.3.</summary>
    public string NewAccount { get; }

    /// <summary>RFC 8555 section 7.4.</summary>
    public string NewOrder { get; }

    /// <summary>RFC 8555 section 7.6; null at private CAs that leave revocation to other ways.</summary>
    public string? RevokeCert { get; }

    /// <summary>RFC 8555 section 7.3.5; null where account keys cannot be changed.</summary>
    public string? KeyChange { get; }

    /// <summary>RFC 9773; null where the CA has none.</summary>
    public string? RenewalInfo { get; internal init; }

    /// <summary><c>meta.termsOfService</c>, which may be a <c>data:</c> URL.</summary>
    public string? TermsOfService { get; internal init; }

    /// <summary><c>meta.website</c>.</summary>
    public string? Website { get; internal init; }

    /// <summary><c>meta.caaIdentities</c>.</summary>
    public IReadOnlyList<string> CaaIdentities { get; internal init; } = [];

    /// <summary><c>meta.issuerDomainNames</c> (draft-ietf-acme-dns-persist-02 section 3.2): how the CA is called in records of dns-persist-01; empty where it does not say, or not as the draft wants it.</summary>
    public IReadOnlyList<string> IssuerDomainNames { get; internal init; } = [];

    /// <summary><c>meta.accountHashPrefix</c> (the same draft, section 4.1): such records name accounts by a hash, behind this; null: by their URL.</summary>
    public string? AccountHashPrefix { get; internal init; }

    /// <summary><c>meta.externalAccountRequired</c>.</summary>
    public bool ExternalAccountRequired { get; internal init; }

    /// <summary>The CA's clock when it sent it (RFC 9110 section 6.6.1); null: it did not say. It may be an hour old.</summary>
    public DateTimeOffset? AnsweredAt { get; internal init; }

    /// <summary><c>meta.profiles</c>: description by name.</summary>
    public IReadOnlyDictionary<string, string> Profiles { get; internal init; } = new Dictionary<string, string>();
}
