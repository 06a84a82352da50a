using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>What requests cost, by a CA's published limits. Pure.</summary>
internal static class LedgerCosts
{
    /// <summary>newAccount.</summary>
    public static List<LedgerCost> Account(ProviderLimits limits) => Cost(limits.NewAccounts, "accounts");

    /// <summary>Each newOrder request, also one that is repeated for the same intent.</summary>
    public static List<LedgerCost> Order(ProviderLimits limits, AccountName account) => Cost(limits.NewOrdersPerAccount, $"orders|{account.Email}");

    /// <summary>A validation that may fail.</summary>
    public static List<LedgerCost> Failure(ProviderLimits limits, AccountName account, string identifier) => Cost(limits.FailedAuthorizationsPerIdentifier, $"failed|{account.Email}|{identifier}");

    /// <summary>The certificate an order may end with. A renewal of the same set is not counted against its domains (Let's Encrypt's rule, which is where these limits come from).</summary>
    public static List<LedgerCost> Certificate(ProviderLimits limits, IReadOnlyCollection<AcmeIdentifier> identifiers, bool isRenewal)
    {
        var costs = Cost(limits.CertificatesPerExactSet, $"set|{SetOf(identifiers)}");
        if (!isRenewal)
        {
            var domains = identifiers.Select(PublicSuffixList.Embedded.RegisteredDomain).Distinct(StringComparer.Ordinal);
            costs.AddRange(domains.SelectMany(domain => Cost(limits.CertificatesPerRegisteredDomain, $"domain|{domain}")));
        }

        return costs;
    }

    /// <summary>All that an order may cost from its request to its certificate.</summary>
    public static List<LedgerCost> Attempt(ProviderLimits limits, AccountName account, IReadOnlyCollection<AcmeIdentifier> identifiers, bool isRenewal) =>
    [
        .. Order(limits, account),
        .. Certificate(limits, identifiers, isRenewal),
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
        _ => null,
    };

    private static string SetOf(IEnumerable<AcmeIdentifier> identifiers)
    {
        var text = string.Join(' ', identifiers.Select(name => name.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }

    private static List<LedgerCost> Cost(RateLimit? limit, string bucket) => limit is null ? [] : [new(bucket, limit)];
}
