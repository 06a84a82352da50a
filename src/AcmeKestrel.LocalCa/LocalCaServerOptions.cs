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

    /// <summary>How long a certificate lives. Default 90 days.</summary>
    public TimeSpan CertificateLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long orders and pending authorizations live. Default 7 days.</summary>
    public TimeSpan OrderLifetime { get; set; } = TimeSpan.FromDays(7);

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

    /// <summary>Sees every request before and every reply after it is processed; may count, throw, or answer itself.</summary>
    public LocalCaInterceptor? Interceptor { get; set; }

    /// <summary>Where serial numbers come from, as unsigned numbers: a test's way to rare ones, such as those whose first bit is set.</summary>
    internal Func<byte[]>? Serials { get; set; }
}

/// <summary>Stands before the CA; <paramref name="next"/> is the CA.</summary>
public delegate ValueTask<LocalCaReply> LocalCaInterceptor(LocalCaRequest request, Func<LocalCaRequest, LocalCaReply> next, CancellationToken cancellationToken);
