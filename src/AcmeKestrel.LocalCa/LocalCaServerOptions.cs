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

    /// <summary>Sees every request before and every reply after it is processed; may count, throw, or answer itself.</summary>
    public LocalCaInterceptor? Interceptor { get; set; }
}

/// <summary>Stands before the CA; <paramref name="next"/> is the CA.</summary>
public delegate ValueTask<LocalCaReply> LocalCaInterceptor(LocalCaRequest request, Func<LocalCaRequest, LocalCaReply> next, CancellationToken cancellationToken);
