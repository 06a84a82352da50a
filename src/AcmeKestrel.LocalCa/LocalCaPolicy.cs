namespace AcmeKestrel.LocalCa;

/// <summary>How the CA behaves: everything a test may want to turn.</summary>
public sealed record LocalCaPolicy
{
    /// <summary>Validity of the certificates.</summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long a pending order or authorization lives.</summary>
    public TimeSpan OrderLifetime { get; init; } = TimeSpan.FromDays(7);

    /// <summary>The same account ordering the same names gets its pending or ready order again.</summary>
    public bool OrderReuse { get; init; }

    /// <summary>A valid authorization serves later orders of the same account.</summary>
    public bool AuthorizationReuse { get; init; }

    /// <summary><c>Retry-After</c> on orders and authorizations that are not finished; null = none.</summary>
    public TimeSpan? RetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many looks at a finalized order still see <c>processing</c>.</summary>
    public int ProcessingLooks { get; init; }

    /// <summary>Asked for each nonce: true refuses it with <c>badNonce</c>.</summary>
    public Func<bool>? RefuseNonce { get; init; }

    /// <summary>The challenge types offered.</summary>
    public IReadOnlyList<string> Challenges { get; init; } = ["http-01", "tls-alpn-01"];
}
