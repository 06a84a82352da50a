namespace AcmeKestrel.Certificates;

/// <summary>A CA's published rate limits as data; a null limit is not counted. The ledger debits each before the request it limits.</summary>
internal sealed record ProviderLimits(
    RateLimit? NewAccounts,
    RateLimit? NewOrdersPerAccount,
    RateLimit? FailedAuthorizationsPerIdentifier,
    RateLimit? CertificatesPerRegisteredDomain,
    RateLimit? CertificatesPerExactSet)
{
    /// <summary>A CA without published limits, such as the embedded one.</summary>
    public static ProviderLimits None { get; } = new(null, null, null, null, null);
}

/// <summary>A token bucket: <paramref name="Count"/> at once, refilled evenly over <paramref name="Window"/>.</summary>
internal sealed record RateLimit(int Count, TimeSpan Window);
