using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>What requests cost, by a CA's published limits. Pure.</summary>
internal static class LedgerCosts
{
    /// <summary>The part of an account's orders that is kept for renewals close to their end: new names in any number must not let certificates expire.</summary>
    private const double KeptForPressing = 0.1;

    /// <summary>newAccount.</summary>
    public static List<LedgerCost> Account(ProviderLimits limits) => Cost(limits.NewAccounts, "accounts");

    /// <summary>Each newOrder request, also one that is repeated for the same intent.</summary>
    /// <param name="isFresh">By a state that may have been lost (<see cref="LedgerState.IsFresh"/>).</param>
    public static List<LedgerCost> Order(ProviderLimits limits, AccountName account, OrderClass of = default, bool isFresh = false)
    {
        if (limits.ExemptsRenewals && of.Kind is not OrderKind.New) return [];

        var costs = Cost(limits.NewOrdersPerAccount, $"orders|{account.Email}");
        if (!of.IsPressing) costs = [.. costs.Select(cost => cost with { Kept = (int)(cost.Limit.Count * KeptForPressing) })];
        if (isFresh && of.Kind is OrderKind.New) costs.AddRange(Cost(limits.FirstOrders, "first"));
        return costs;
    }

    /// <summary>A validation that may fail.</summary>
    public static List<LedgerCost> Failure(ProviderLimits limits, AccountName account, string identifier) => Cost(limits.FailedAuthorizationsPerIdentifier, $"failed|{account.Email}|{identifier}");

    /// <summary>The certificate an order may end with.</summary>
    public static List<LedgerCost> Certificate(ProviderLimits limits, IReadOnlyCollection<AcmeIdentifier> identifiers, OrderKind kind)
    {
        if (limits.ExemptsRenewals && kind is OrderKind.Replacing) return [];

        var costs = Cost(limits.CertificatesPerExactSet, $"set|{SetOf(identifiers)}");
        if (!limits.ExemptsRenewals || kind is OrderKind.New)
        {
            var domains = identifiers.Select(PublicSuffixList.Embedded.RegisteredDomain).Distinct(StringComparer.Ordinal);
            costs.AddRange(domains.SelectMany(domain => Cost(limits.CertificatesPerRegisteredDomain, $"domain|{domain}")));
        }

        return costs;
    }

    /// <summary>All that an order may cost from its request to its certificate.</summary>
    public static List<LedgerCost> Attempt(ProviderLimits limits, AccountName account, IReadOnlyCollection<AcmeIdentifier> identifiers, OrderClass of, bool isFresh) =>
    [
        .. Order(limits, account, of, isFresh),
        .. Certificate(limits, identifiers, of.Kind),
        .. identifiers.SelectMany(name => Failure(limits, account, name.Value)),
    ];

    /// <summary>The limit that a bucket counts, or null where none is known for it.</summary>
    public static RateLimit? LimitOf(ProviderLimits limits, string bucket) => bucket.Split('|')[0] switch
    {
        "accounts" => limits.NewAccounts,
        "orders" => limits.NewOrdersPerAccount,
        "failed" => limits.FailedAuthorizationsPerIdentifier,
        "set" => limits.CertificatesPerExactSet,
        "domain" => limits.CertificatesPerRegisteredDomain,
        "first" => limits.FirstOrders,
        _ => null,
    };

    /// <summary>How the bucket is called once what is the one account's is the other one's.</summary>
    public static string Moved(string bucket, AccountName from, AccountName to)
    {
        var (orders, failed) = ($"orders|{from.Email}", $"failed|{from.Email}|");
        if (bucket == orders) return $"orders|{to.Email}";
        return bucket.StartsWith(failed, StringComparison.Ordinal) ? $"failed|{to.Email}|{bucket[failed.Length..]}" : bucket;
    }

    private static string SetOf(IEnumerable<AcmeIdentifier> identifiers)
    {
        var text = string.Join(' ', identifiers.Select(name => name.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }

    private static List<LedgerCost> Cost(RateLimit? limit, string bucket) => limit is null ? [] : [new(bucket, limit)];
}
