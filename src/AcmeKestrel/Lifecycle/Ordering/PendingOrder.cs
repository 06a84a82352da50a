using System.Text.Json.Serialization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>An order in flight as it is kept: part <c>order.json</c>, beside the certificate's key.</summary>
/// <param name="Id">Random; names this intent in the ledger and the schedule.</param>
/// <param name="WishPrint">Of the wish it is for: a changed wish abandons it.</param>
/// <param name="Stamp">The time in the generation's name: fixed here, so that a second commit writes the same record.</param>
internal sealed record PendingOrder(
    [property: JsonRequired] string Id,
    [property: JsonRequired] string Label,
    [property: JsonRequired, JsonPropertyName("wish")] string WishPrint,
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
    /// <summary>Of the wish, whichever of its names may be left out; null where it does not ask for all of them, or nobody knows.</summary>
    public string? NamesPrint { get; init; }

    /// <summary>Of the wish at the CA that it prefers, where this is another one: whose failures are counted; null: the same.</summary>
    public string? SchedulePrint { get; init; }

    /// <summary>At a staging directory, to see whether the names can be validated: it ends before its certificate is asked for.</summary>
    public bool IsRehearsal { get; init; }

    /// <summary>It is no label's: nobody looks at it but who began it, and what a kill leaves of it is given up, whatever it may bring.</summary>
    public bool IsTrial { get; init; }

    /// <summary>The account that ordered; set with the order's URL.</summary>
    public string? AccountUrl { get; init; }

    /// <summary>The profile that was wished; <see cref="Profile"/> is the one that is asked for, or was given, and null where the order goes without.</summary>
    public string? WishedProfile { get; init; }

    /// <summary>Without the profile nothing is ordered.</summary>
    public bool RequiresProfile { get; init; }

    /// <summary>The common name of the root that its chain is to end at; null: the provider's setting.</summary>
    public string? PreferredChain { get; init; }

    /// <summary>The certificate this one is to replace (RFC 9773 section 5); null where there is none, or the CA refused to hear of it.</summary>
    public ReplacedCertificate? Replaces { get; init; }

    /// <summary>Its key is that of the certificate before it.</summary>
    public bool ReusesKey { get; init; }

    /// <summary>The DNS provider that the wish names; null: the one for the names' zones.</summary>
    public string? Dns { get; init; }

    /// <summary>Early renewals in a row, this one included.</summary>
    public int EarlyRenewals { get; init; }

    /// <summary>The CA asked not to be asked before (Retry-After of a rate limit); kept, so that no restart and no change of a wish makes it sooner.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>When it asked for that; null in records of an earlier version.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>What a human has to do before it goes on, in words; null: nothing.</summary>
    public string? Awaits { get; init; }

    /// <summary>The type all its names were validated with; null where they were valid before.</summary>
    public string? WorkedChallenge { get; init; }

    /// <summary>Records that have to stand in DNS for good, as lines of a zone file; null: there are none, or the challenges are not chosen yet.</summary>
    public IReadOnlyList<string>? PermanentRecords { get; init; }

    /// <summary>When the CA had it finalized and said that it takes its time: that counts from here, whatever is restarted meanwhile. Null: it did not, or an earlier version wrote it.</summary>
    public DateTimeOffset? FinalizedAt { get; init; }

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

    /// <summary>The name of the generation that its certificate will be; null before the CA gave it a URL.</summary>
    [JsonIgnore]
    public string? Generation => OrderUrl is { } url ? GenerationId.Of(Stamp, url) : null;

    [JsonIgnore]
    public OrderPurpose Purpose => new(WishPrint, NamesPrint) { Provider = Provider };

    [JsonIgnore]
    public AccountName Account => new(new CaKey(DirectoryUrl), Email);

    /// <summary>As a CA's limits count it, by what it is told.</summary>
    public OrderKind KindOf(bool replaces) => replaces ? OrderKind.Replacing : IsRenewal ? OrderKind.SameSet : OrderKind.New;

    /// <summary>As planning sees its end.</summary>
    public EndedOrder Ended() => new(Id, Identifiers)
    {
        Account = Account,
        WishedProfile = WishedProfile,
        RequiresProfile = RequiresProfile,
        LeadingChallenge = Challenges is [var first, ..] ? first : null,
        WorkedChallenge = WorkedChallenge,
        PermanentRecords = PermanentRecords,
        EarlyRenewals = EarlyRenewals,
    };

    /// <summary>The intent that a decision to issue leads to.</summary>
    /// <param name="schedule">As it counts for this wish.</param>
    public static PendingOrder Intent(Wish wish, Decision.Issue issue, CertificateFacts? certificate, Schedule schedule, string id, DateTimeOffset now)
    {
        var stamp = GenerationId.NextStamp(certificate?.Generation, now);
        var (provider, names, profile) = (issue.Provider, issue.Identifiers.Select(name => name.Value).ToList(), wish.ProfileAt(issue.Provider));
        var print = Planning.WishPrint.Of(wish, provider);
        return new PendingOrder(
            id, wish.Label, print, provider.Name, provider.DirectoryUrl, wish.Email, names,
            wish.KeyType, profile == schedule.DroppedProfile ? null : profile, issue.Challenges, issue.IsRenewal, stamp, new OrderProgress.Intent())
        {
            NamesPrint = wish.Required.Concat(wish.Optional).All(name => names.Contains(name.Value)) ? Planning.WishPrint.OfNames(wish, provider) : null,
            WishedProfile = profile,
            RequiresProfile = profile is not null && wish.RequireProfile,
            PreferredChain = wish.PreferredChain,
            Replaces = issue.Replaces,
            ReusesKey = issue.ReusesKey,
            Dns = wish.Dns,
            EarlyRenewals = issue.EarlyRenewals,
            SchedulePrint = schedule.WishPrint == print ? null : schedule.WishPrint,
            IsRehearsal = issue.IsRehearsal,
        };
    }
}
