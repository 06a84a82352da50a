using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Desired;

/// <summary>
/// Merges the sources' entries, the higher source first: a host that an earlier one covers orders nothing, a label belongs to whoever comes first.
/// What the sources' order or an entry's place in its list is has no influence.
/// </summary>
internal sealed class WishMerging
{
    private readonly WishDefaults _defaults;
    private readonly PublicSuffixList _suffixes;
    private readonly Dictionary<WishClaim, Wish> _wishes;
    private readonly Dictionary<WishClaim, List<DesiredProblem>> _problems = [];
    private readonly Dictionary<string, WishClaim> _byLabel;
    private readonly Dictionary<string, WishClaim> _byName;
    private Wish? _neighbour;
    private readonly List<WishClaim> _withBareDomain = [];

    private WishMerging(int claims, WishDefaults defaults, PublicSuffixList suffixes)
    {
        (_defaults, _suffixes) = (defaults, suffixes);
        (_wishes, _byLabel, _byName) = (new(claims), new(claims, StringComparer.Ordinal), new(claims, StringComparer.Ordinal));
    }

    /// <summary>Pure: what each of the claims becomes among these. Whoever is not in the answer becomes none.</summary>
    public static (IReadOnlyDictionary<WishClaim, Wish> Wishes, IReadOnlyDictionary<WishClaim, List<DesiredProblem>> Problems) Merge(
        IReadOnlyCollection<WishClaim> claims, WishDefaults defaults, PublicSuffixList suffixes)
    {
        var merging = new WishMerging(claims.Count, defaults, suffixes);
        foreach (var claim in claims.Order(WishPrecedence.Comparer)) merging.Accept(claim);
        foreach (var claim in merging._withBareDomain) merging.AddBareDomains(claim);
        return (merging._wishes, merging._problems);
    }

    private void Accept(WishClaim claim)
    {
        var entry = claim.Entry;
        IReadOnlyList<AcmeIdentifier> names = entry.Names.Any(name => IsCovered(name, claim)) ? [.. entry.Names.Where(name => !IsCovered(name, claim))] : entry.Names;
        foreach (var name in entry.Names) ReportTwice(name, claim);
        if (names.Count == 0) return;

        var label = entry.Label ?? names[0].Value;
        if (_byLabel.TryGetValue(label, out var owner))
        {
            Report(claim, $"The label '{label}' belongs to {owner.Entry.Place}; nothing is ordered for {string.Join(", ", names)}.");
            return;
        }

        var wording = entry.Terms.Wording;
        var wish = new Wish(
            label,
            names,
            [],
            entry.Provider.Name,
            wording.Email ?? _defaults.Email,
            wording.KeyType ?? _defaults.KeyType,
            wording.Profile ?? entry.Provider.Profile,
            entry.Challenges,
            entry.Source,
            entry.Origin)
        {
            RequireProfile = wording.RequireProfile ?? entry.Provider.RequireProfile,
            ProfileRemark = entry.Provider.RemarkOnProfile(wording.Profile, names),
            PreferredChain = wording.PreferredChain ?? entry.Provider.PreferredChain,
            ReuseKey = wording.ReuseKey ?? _defaults.ReuseKey,
            Dns = wording.Dns,
            AskedAt = wording.AskedAt,
            VisitedAt = wording.VisitedAt,
            Fallbacks = entry.Terms.Fallbacks,
        };
        _wishes[claim] = _neighbour = wish.Beside(_neighbour);
        _byLabel.Add(label, claim);
        foreach (var name in names) _byName.Add(name.Value, claim);
        if (wording.IncludeBareDomain ?? _defaults.IncludeBareDomain) _withBareDomain.Add(claim);
    }

    /// <summary>CAs refuse an order in which a wildcard makes another name redundant. What has settings of its own keeps its certificate beside a wildcard that others were folded into.</summary>
    private bool IsCovered(AcmeIdentifier name, WishClaim claim) =>
        _byName.ContainsKey(name.Value)
        || (DomainName.WildcardAbove(name.Value) is { } wildcard && ((_byName.TryGetValue(wildcard, out var above) && !above.Entry.IsFolded) || claim.Entry.Names.Any(other => other.Value == wildcard)));

    /// <summary>Between sources this is what precedence is for; within one, somebody wrote the name twice.</summary>
    private void ReportTwice(AcmeIdentifier name, WishClaim claim)
    {
        if (claim.Entry.IsFolded || !_byName.TryGetValue(name.Value, out var other) || other.Entry.Source != claim.Entry.Source) return;

        Report(claim, $"'{name}' is wished by {other.Entry.Place} already and left out here.");
    }

    /// <summary>The optional names are settled when all required ones are known.</summary>
    private void AddBareDomains(WishClaim claim)
    {
        var bare = new List<AcmeIdentifier>();
        foreach (var name in _wishes[claim].Required)
        {
            if (BareDomain.TextOf(name) is not { } domain || _suffixes.IsPublicSuffix(domain) || _byName.ContainsKey(domain)) continue;
            if (DomainName.WildcardAbove(domain) is { } wildcard && _byName.ContainsKey(wildcard)) continue;

            _byName.Add(domain, claim);
            bare.Add(AcmeIdentifier.Parse(domain));
        }

        if (bare.Count > 0) _wishes[claim] = _wishes[claim] with { Optional = bare };
    }

    private void Report(WishClaim claim, string message)
    {
        if (!_problems.TryGetValue(claim, out var problems)) _problems[claim] = problems = [];
        problems.Add(new DesiredProblem(claim.Entry.Place, message));
    }
}
