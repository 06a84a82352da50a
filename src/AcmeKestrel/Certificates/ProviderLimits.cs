namespace AcmeKestrel.Certificates;

/// <summary>A CA's published rate limits as data; a null limit is not counted. The ledger debits each before the request it limits.</summary>
internal sealed record ProviderLimits(
    RateLimit? NewAccounts,
    RateLimit? NewOrdersPerAccount,
    RateLimit? FailedAuthorizationsPerIdentifier,
    RateLimit? CertificatesPerRegisteredDomain,
    RateLimit? CertificatesPerExactSet)
{
    /// <summary>Nothing is counted: a CA of one's own, such as the embedded one.</summary>
    public static ProviderLimits None { get; } = new(null, null, null, null, null);

    /// <summary>For a CA that publishes none: what no CA takes amiss.</summary>
    public static ProviderLimits Usual { get; } = None with { NewOrdersPerAccount = new(300, TimeSpan.FromHours(3)), FailedAuthorizationsPerIdentifier = new(5, TimeSpan.FromHours(1)) };

    /// <summary>How fast a state that knows nothing of earlier orders begins at this CA: it may have been lost, and what it spent with it.</summary>
    public RateLimit? FirstOrders { get; init; }

    /// <summary>An order for exactly the names of a certificate is not counted against the account and its domains, and one that replaces a certificate (RFC 9773 section 5) against nothing.</summary>
    public bool ExemptsRenewals { get; init; }
}

/// <summary>A token bucket: <paramref name="Count"/> at once, refilled evenly over <paramref name="Window"/>.</summary>
internal sealed record RateLimit(int Count, TimeSpan Window);
