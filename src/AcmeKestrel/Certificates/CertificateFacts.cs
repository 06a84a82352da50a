namespace AcmeKestrel.Certificates;

/// <summary>What is known of a stored certificate without its bytes: enough to plan with it and to find it for a handshake.</summary>
/// <param name="Generation">The id of the generation.</param>
/// <param name="Names">Canonical, in the certificate's order.</param>
/// <param name="KeyFamily">What a client must be able to verify.</param>
internal sealed record CertificateFacts(
    string Label,
    string Generation,
    SubjectNameSet Names,
    AcmeKeyType KeyType,
    KeyFamily KeyFamily,
    CaKey Ca,
    string? Profile,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter)
{
    private readonly string _authority = "";
    private readonly string? _serial;

    /// <summary>The account that ordered it.</summary>
    public string AccountUrl { get; init; } = "";

    /// <summary>The profile it was wished with; <see cref="Profile"/> is the one it has.</summary>
    public string? WishedProfile { get; init; }

    /// <summary>RFC 9773 section 4.1; null where the certificate does not say who its authority is.</summary>
    public string? RenewalId
    {
        get => _serial is null ? null : _authority + _serial;
        init
        {
            // Authority and serial number: few CAs sign many certificates.
            var authority = value?.IndexOf('.', StringComparison.Ordinal) + 1 ?? 0;
            (_authority, _serial) = (string.Intern(value?[..authority] ?? ""), value?[authority..]);
        }
    }

    public TimeSpan Lifetime => NotAfter - NotBefore;

    /// <summary>What a certificate says of itself; <see cref="RenewalId"/> aside.</summary>
    public static CertificateFacts Of(Generation generation)
    {
        var (chain, origin) = (generation.Chain, generation.Origin);
        return new CertificateFacts(
            generation.Label, generation.Id, new SubjectNameSet(chain.Identifiers.Select(name => name.Value)), origin.KeyType, chain.KeyFamily, new CaKey(origin.DirectoryUrl), origin.Profile, chain.NotBefore, chain.NotAfter)
        {
            AccountUrl = origin.AccountUrl,
            WishedProfile = origin.WishedProfile,
        };
    }

    /// <summary>Whether a handshake would be answered alike.</summary>
    public bool IsSameAs(CertificateFacts other) => Names.SetEquals(other.Names) && KeyFamily == other.KeyFamily && NotBefore == other.NotBefore && NotAfter == other.NotAfter;

    /// <summary>Whether it is newer than the other one, and good: a store that lists the other one as the newest has lost this one.</summary>
    /// <param name="other">The name of the other generation; names sort by time.</param>
    /// <param name="now">The time.</param>
    public bool Outlasts(string other, DateTimeOffset now) => string.CompareOrdinal(Generation, other) > 0 && NotBefore <= now && now < NotAfter;

    /// <summary>Whether the certificate is what was said of it.</summary>
    public bool Describes(Generation generation) => generation.Label == Label && generation.Id == Generation && IsSameAs(Of(generation));
}
