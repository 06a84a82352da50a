using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>An order in flight as it is kept: part <c>order.json</c>, beside the certificate's key.</summary>
/// <param name="Id">Random; names this intent in the ledger and the schedule.</param>
/// <param name="Wish">The print of the wish it is for: a changed wish abandons it.</param>
/// <param name="Stamp">The time in the generation's name: fixed here, so that a second commit writes the same record.</param>
internal sealed record PendingOrder(
    [property: JsonRequired] string Id,
    [property: JsonRequired] string Label,
    [property: JsonRequired] string Wish,
    [property: JsonRequired] string Provider,
    [property: JsonRequired] string DirectoryUrl,
    string? Email,
    [property: JsonRequired] IReadOnlyList<string> Identifiers,
    AcmeKeyType KeyType,
    string? Profile,
    [property: JsonRequired] IReadOnlyList<string> Challenges,
    bool IsRenewal,
    DateTimeOffset Stamp,
    [property: JsonRequired] OrderProgress Progress)
{
    /// <summary>The account that ordered; set with the order's URL.</summary>
    public string? AccountUrl { get; init; }

    /// <summary>The profile that was wished; <see cref="Profile"/> is the one that is asked for, or was given, and null where the order goes without.</summary>
    public string? WishedProfile { get; init; }

    /// <summary>Without the profile nothing is ordered.</summary>
    public bool RequiresProfile { get; init; }

    /// <summary>The certificate this one is to replace (RFC 9773 section 5); null where there is none, or the CA refused to hear of it.</summary>
    public ReplacedCertificate? Replaces { get; init; }

    /// <summary>Early renewals in a row, this one included.</summary>
    public int EarlyRenewals { get; init; }

    /// <summary>The CA asked not to be asked before (Retry-After of a rate limit); kept, so that no restart and no change of a wish makes it sooner.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The type all its names were validated with; null where they were valid before.</summary>
    public string? WorkedChallenge { get; init; }

    /// <summary>The CA's URL of the order, once it gave one.</summary>
    public string? OrderUrl => (Progress as OrderProgress.Made)?.OrderUrl;

    /// <summary>When the CA said that the order ends.</summary>
    [JsonIgnore]
    public DateTimeOffset? Expires => (Progress as OrderProgress.Made)?.Expires;

    /// <summary>Past this point the CA may have issued: the order is finished whatever else changed.</summary>
    public bool IsCommitted => Progress is OrderProgress.Finalizing or OrderProgress.Downloading;

    /// <summary>The provider that was wished, for two may share a directory; under another name where it was renamed.</summary>
    public Provider? Among(IReadOnlyDictionary<string, Provider> providers) =>
        providers.TryGetValue(Provider, out var wished) && wished.DirectoryUrl == DirectoryUrl ? wished : providers.Values.FirstOrDefault(provider => provider.DirectoryUrl == DirectoryUrl);

    /// <summary><c>&lt;utc&gt;-&lt;8 hex of SHA-256(order URL)&gt;</c>.</summary>
    public static string GenerationId(DateTimeOffset stamp, string orderUrl) =>
        $"{stamp.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(orderUrl)).AsSpan(0, 4))}";
}
