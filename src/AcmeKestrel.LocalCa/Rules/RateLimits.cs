namespace AcmeKestrel.LocalCa.Rules;

/// <summary>How much is too much, in the way of Let's Encrypt: an order is refused before it exists, what it leads to is counted when it happens.</summary>
internal sealed class RateLimits(LocalCaServerOptions options, TimeProvider time)
{
    private readonly Dictionary<(string What, string Key), TokenBucket> _buckets = [];

    public void SpendAccount()
    {
        Require(options.RateLimits?.NewAccounts, "new accounts", "");
        Spend(options.RateLimits?.NewAccounts, "new accounts", "");
    }

    /// <param name="unproven">Those of the order's identifiers that need a new authorization.</param>
    public void SpendOrder(Account account, IReadOnlyList<Identifier> identifiers, IEnumerable<Identifier> unproven)
    {
        if (options.RateLimits is not { } limits) return;

        foreach (var identifier in unproven) Require(limits.FailedValidations, "failed validations", Attempted(account.Id, identifier));
        foreach (var domain in Domains(identifiers)) Require(limits.CertificatesPerDomain, "certificates per domain", domain);
        Require(limits.CertificatesPerSet, "certificates for the same names", Set(identifiers));
        Require(limits.NewOrders, "new orders", account.Id);
        Spend(limits.NewOrders, "new orders", account.Id);
    }

    public void SpendCertificate(IReadOnlyList<Identifier> identifiers)
    {
        foreach (var domain in Domains(identifiers)) Spend(options.RateLimits?.CertificatesPerDomain, "certificates per domain", domain);
        Spend(options.RateLimits?.CertificatesPerSet, "certificates for the same names", Set(identifiers));
    }

    public void SpendFailure(string accountId, Identifier identifier) => Spend(options.RateLimits?.FailedValidations, "failed validations", Attempted(accountId, identifier));

    /// <summary>The last two labels stand for what the public suffix list would say; an address stands for itself.</summary>
    public static string Domain(Identifier identifier) =>
        identifier.Type == Identifier.Dns ? string.Join('.', identifier.Name.Value.Split('.').TakeLast(2)) : identifier.Value;

    private static IEnumerable<string> Domains(IReadOnlyList<Identifier> identifiers) => identifiers.Select(Domain).Distinct();

    private static string Set(IReadOnlyList<Identifier> identifiers) => string.Join(' ', identifiers.Select(i => i.Value).Order(StringComparer.Ordinal));

    private static string Attempted(string accountId, Identifier identifier) => $"{accountId} {identifier.Name.Value}";

    private void Require(LocalCaRateLimit? limit, string what, string key)
    {
        if (limit is null) return;
        var now = time.GetUtcNow();
        var wait = _buckets.GetValueOrDefault((what, key)).Wait(limit, now);
        if (wait == TimeSpan.Zero) return;

        throw new RefusalException(new Problem("rateLimited", 429, $"Too many {what} ({limit.Count}) in the last {limit.Window}, retry after {now + wait:u}.") { Retry = new Retry(wait, now + wait) });
    }

    private void Spend(LocalCaRateLimit? limit, string what, string key)
    {
        if (limit is not null) _buckets[(what, key)] = _buckets.GetValueOrDefault((what, key)).Take(limit, time.GetUtcNow());
    }
}
