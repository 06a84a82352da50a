using System.Collections.Concurrent;

namespace AcmeKestrel.LocalCa;

/// <summary>How a <see cref="LocalCaServer"/> behaves. The knobs turn while it runs.</summary>
public sealed class LocalCaServerOptions
{
    /// <summary>The directory's URL; every other URL has the same origin.</summary>
    public string DirectoryUrl { get; set; } = "https://ca.test/directory";

    /// <summary>Decides about challenges; null = every challenge succeeds.</summary>
    public ChallengeValidator? Validator { get; set; }

    /// <summary>The clock; null = the system's.</summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>How long a certificate lives, at least a second. Default 90 days.</summary>
    public TimeSpan CertificateLifetime { get; set => field = LocalCaProfile.Lifetime(value); } = TimeSpan.FromDays(90);

    /// <summary>How long orders live, and what is proven for them at least. Default 7 days.</summary>
    public TimeSpan OrderLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long pending authorizations live; one that expires takes its order with it. Default null: as long as orders.</summary>
    public TimeSpan? PendingAuthorizationLifetime { get; set; }

    /// <summary>A pending or ready order of the same account for the same identifiers is returned again, as Let's Encrypt does.</summary>
    public bool OrderReuse { get; set; }

    /// <summary>For how long a valid authorization serves the account's later orders. Default zero: never.</summary>
    public TimeSpan AuthorizationReuse { get; set; }

    /// <summary>Sent with everything that is pending or processing; null = not sent. Default one second.</summary>
    public TimeSpan? RetryAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How many looks at a finalized order find it <c>processing</c>. Default 0: finalize answers <c>valid</c>.</summary>
    public int ProcessingPolls { get; set; }

    /// <summary>Which share of good nonces is refused with <c>badNonce</c>, 0 to 1.</summary>
    public double BadNonceRate { get; set; }

    /// <summary>What orders may name as their <c>profile</c>. Default: nothing; the directory then announces none, and an order that names one is refused.</summary>
    public IReadOnlyDictionary<string, LocalCaProfile> Profiles { get; set; } = new Dictionary<string, LocalCaProfile>();

    /// <summary>The profile of orders that name none. Default null: they get no profile and <see cref="CertificateLifetime"/>.</summary>
    public string? DefaultProfile { get; set; }

    /// <summary>Whether the CA offers renewal info (RFC 9773). Default true.</summary>
    public bool RenewalInfo { get; set; } = true;

    /// <summary>How long renewal info is good for, sent as <c>Retry-After</c>; null = not sent. Default six hours.</summary>
    public TimeSpan? RenewalInfoRetryAfter { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Expired certificates are not revoked, as at Let's Encrypt: <c>unauthorized</c>. Default false.</summary>
    public bool RefuseRevokingExpired { get; set; }

    /// <summary>Certificates name the URL of the CRL. Default false: the CRL is served, but few verifiers ask a CA on loopback for it.</summary>
    public bool CrlDistributionPoint { get; set; }

    /// <summary>How many further roots the certificates chain to, each by a chain of its own. Read once, when the CA is made. Default 0.</summary>
    public int AlternateChains { get; set; }

    /// <summary>How the links to the alternate chains are written.</summary>
    public LocalCaLinkForm AlternateLinks { get; set; }

    /// <summary>How a downloaded chain is written.</summary>
    public LocalCaPemForm ChainForm { get; set; }

    /// <summary>How many downloads of each new certificate are answered 404 first, as by a replica that lags behind. Default 0.</summary>
    public int DownloadMisses { get; set; }

    /// <summary>How long a request waits before anything looks at it, on <see cref="TimeProvider"/>'s clock; null, the default, = not at all.</summary>
    public Func<LocalCaRequest, TimeSpan>? Delay { get; set; }

    /// <summary>MAC keys by the key id that the CA gave out with them (RFC 8555 section 7.3.4): each registers one account. Default none.</summary>
    public IDictionary<string, byte[]> ExternalAccounts { get; } = new ConcurrentDictionary<string, byte[]>(StringComparer.Ordinal);

    /// <summary>A new account needs a binding to one of <see cref="ExternalAccounts"/>, and the directory says so. Default <c>false</c>: one that is sent is checked all the same.</summary>
    public bool ExternalAccountRequired { get; set; }

    /// <summary>The URL of the terms of service; another one means other terms, which every account has to agree to (<see cref="LocalCaServer.AgreeToTerms"/>). Default null: a page of this CA.</summary>
    public string? TermsOfService { get; set; }

    /// <summary>How a registration without agreement is refused. Default <c>userActionRequired</c>.</summary>
    public LocalCaTermsRefusal TermsRefusal { get; set; }

    /// <summary>How many orders a page of an account's order list holds, at least 1. Default 100.</summary>
    public int OrdersPerPage { get; set => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A page holds at least one order."); } = 100;

    /// <summary>Identifiers and authorizations of an order come in another sequence at each look, as Pebble's. Default <c>false</c>.</summary>
    public bool ShuffleAuthorizations { get; set; }

    /// <summary>A name below another name of its order needs no authorization of its own, so that there are fewer authorizations than names. Default <c>false</c>.</summary>
    public bool ShareAuthorizations { get; set; }

    /// <summary>The answer to finalize tells the order's URL in <c>Location</c>. Default <c>false</c>, as newer Pebbles.</summary>
    public bool FinalizeLocation { get; set; }

    /// <summary>What is refused with 429; null, the default, = nothing.</summary>
    public LocalCaRateLimits? RateLimits { get; set; }

    /// <summary>Names are offered <c>dns-01</c> too, and wildcards such as <c>*.shop.test</c> are taken, which <see cref="Validator"/> decides about. Default <c>true</c>.</summary>
    public bool OfferDns01 { get; set; } = true;

    /// <summary>Names are offered <c>dns-account-01</c> too (draft-ietf-acme-dns-account-label), and wildcards are taken. Default <c>false</c>.</summary>
    public bool OfferDnsAccount01 { get; set; }

    /// <summary>Names are offered <c>dns-persist-01</c> too (draft-ietf-acme-dns-persist), and wildcards are taken. Default <c>false</c>: there are clients that break on a challenge without a token.</summary>
    public bool OfferDnsPersist01 { get; set; }

    /// <summary>
    /// Records of <c>dns-persist-01</c> name accounts by a hash behind this, as from version 02 of the draft on, and the directory says so; an https URL that ends with a slash. Null, the default: by their URLs, as in version 01.
    /// </summary>
    public string? AccountHashPrefix { get; set; }

    /// <summary>
    /// Who it is in CAA records, as its directory says (RFC 8555 section 7.1.1), and in records of <c>dns-persist-01</c>; it looks at no CAA itself. Null, the default: the directory does not say, and the latter call it by its host.
    /// </summary>
    public IReadOnlyList<string>? CaaIdentities { get; set; }

    /// <summary>Sees every request before and every reply after it is processed; may count, throw, or answer itself.</summary>
    public LocalCaInterceptor? Interceptor { get; set; }

    /// <summary>Where serial numbers come from, as unsigned numbers: a test's way to rare ones, such as those whose first bit is set.</summary>
    internal Func<byte[]>? Serials { get; set; }
}
