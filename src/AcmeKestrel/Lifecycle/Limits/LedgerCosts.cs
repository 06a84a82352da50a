using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Accounts;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>What requests cost, by a CA's published limits.</summary>
internal sealed class LedgerCosts(PublicSuffixList suffixes)
{
    /// <summary>newAccount.</summary>
    public static List<LedgerCost> Account(ProviderLimits limits) => Cost(limits.NewAccounts, "accounts");

    // A mail address names the same account in whatever case it is written, so it has one budget (see AccountName).

    /// <summary>Each newOrder request, also one that is repeated for the same intent.</summary>
    public static List<LedgerCost> Order(ProviderLimits limits, string? email) => Cost(limits.NewOrdersPerAccount, $"orders|{email?.ToLowerInvariant()}");

    /// <summary>A validation that may fail.</summary>
    public static List<LedgerCost> Failure(ProviderLimits limits, string? email, string identifier) => Cost(limits.FailedAuthorizationsPerIdentifier, $"failed|{email?.ToLowerInvariant()}|{identifier}");

    /// <summary>The certificate an order may end with. A renewal of the same set is not counted against its domains (Let's Encrypt's rule, which is where these limits come from).</summary>
    public List<LedgerCost> Certificate(ProviderLimits limits, IReadOnlyCollection<AcmeIdentifier> identifiers, bool isRenewal)
    {
        var costs = Cost(limits.CertificatesPerExactSet, $"set|{SetOf(identifiers)}");
        if (!isRenewal) costs.AddRange(identifiers.Select(suffixes.RegisteredDomain).Distinct(StringComparer.Ordinal).SelectMany(domain => Cost(limits.CertificatesPerRegisteredDomain, $"domain|{domain}")));
        return costs;
    }

    private static string SetOf(IEnumerable<AcmeIdentifier> identifiers)
    {
        var text = string.Join(' ', identifiers.Select(name => name.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
    }

    private static List<LedgerCost> Cost(RateLimit? limit, string bucket) => limit is null ? [] : [new(bucket, limit)];
}
