using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Desired;

/// <summary>
/// Merges the sources' wishes, the higher source first: a host that an earlier wish covers orders nothing, a label belongs to whoever comes first.
/// What the sources' order or an entry's place in its list is has no influence.
/// </summary>
internal sealed class WishMerging
{
    private const string BarePrefix = "www.";

    private readonly AcmeSettings _settings;
    private readonly PublicSuffixList _suffixes;
    private readonly List<DesiredProblem> _problems = [];
    private readonly Dictionary<string, Wish> _byLabel = [];
    private readonly Dictionary<AcmeIdentifier, Wish> _byName = [];
    private readonly HashSet<Wish> _withBareDomain = new(ReferenceEqualityComparer.Instance);

    private WishMerging(AcmeSettings settings, PublicSuffixList suffixes) => (_settings, _suffixes) = (settings, suffixes);

    /// <summary>Pure.</summary>
    public static WishSet Merge(IEnumerable<(AcmeWishSource Source, DesiredCertificate Certificate)> wishes, AcmeSettings settings, PublicSuffixList suffixes)
    {
        var merging = new WishMerging(settings, suffixes);
        var candidates = wishes
            .Select(wish => WishEntry.Read(wish.Source, wish.Certificate, settings, merging._problems))
            .OfType<WishEntry>()
            .OrderBy(candidate => candidate.Source.Precedence)
            .ThenBy(candidate => candidate.Source.Name, StringComparer.Ordinal)
            .ThenBy(candidate => candidate.HasWildcard ? 0 : 1)
            .ThenBy(candidate => candidate.Label is null ? 1 : 0)
            .ThenBy(candidate => candidate.Label ?? candidate.Names[0].Value, StringComparer.Ordinal)
            .ThenBy(candidate => candidate.Origin, StringComparer.Ordinal)
            .ThenBy(candidate => string.Join(' ', candidate.Names), StringComparer.Ordinal);
        foreach (var candidate in candidates) merging.Accept(candidate);

        return new WishSet(
            [.. merging._byLabel.Values.Select(merging.WithBareDomains).OrderBy(wish => wish.Label, StringComparer.Ordinal)],
            [.. merging._problems.Distinct().OrderBy(problem => problem.Origin, StringComparer.Ordinal).ThenBy(problem => problem.Message, StringComparer.Ordinal)]);
    }

    private void Accept(WishEntry candidate)
    {
        var names = candidate.Names.Where(name => !IsCovered(name, candidate)).ToList();
        if (names.Count == 0) return;

        var label = candidate.Label ?? names[0].Value;
        if (_byLabel.TryGetValue(label, out var owner))
        {
            Report(candidate, $"The label '{label}' belongs to {owner.Origin}; nothing is ordered for {string.Join(", ", names)}.");
            return;
        }

        var wording = candidate.Wording;
        var wish = new Wish(
            label,
            names,
            [],
            candidate.Provider.Name,
            wording.Email ?? _settings.Defaults.Email,
            wording.KeyType ?? _settings.Defaults.KeyType,
            wording.Profile ?? candidate.Provider.Profile ?? (names.Any(name => name.Type is AcmeIdentifierType.Ip) ? candidate.Provider.AddressProfile : null),
            candidate.Challenges,
            candidate.Source,
            candidate.Origin)
        {
            RequireProfile = wording.RequireProfile ?? candidate.Provider.RequireProfile,
            PreferredChain = wording.PreferredChain ?? candidate.Provider.PreferredChain,
            AskedAt = wording.AskedAt,
        };
        _byLabel.Add(label, wish);
        foreach (var name in names) _byName.Add(name, wish);
        if (wording.IncludeBareDomain ?? _settings.Defaults.IncludeBareDomain) _withBareDomain.Add(wish);
    }

    private bool IsCovered(AcmeIdentifier name, WishEntry candidate)
    {
        if (_byName.TryGetValue(name, out var other))
        {
            // Between sources this is what precedence is for; within one, somebody wrote the name twice.
            if (other.Source == candidate.Source) Report(candidate, $"'{name}' is wished by {other.Origin} already and left out here.");
            return true;
        }

        // CAs refuse an order in which a wildcard makes another name redundant.
        return WildcardAbove(name) is { } wildcard && (_byName.ContainsKey(wildcard) || candidate.Names.Contains(wildcard));
    }

    /// <summary>The optional names are settled when all required ones are known.</summary>
    private Wish WithBareDomains(Wish wish)
    {
        if (!_withBareDomain.Contains(wish)) return wish;

        var bare = new List<AcmeIdentifier>();
        foreach (var name in wish.Required)
        {
            if (BareDomain(name) is not { } domain || _byName.ContainsKey(domain)) continue;
            if (WildcardAbove(domain) is { } wildcard && _byName.ContainsKey(wildcard)) continue;

            _byName.Add(domain, wish);
            bare.Add(domain);
        }

        return wish with { Optional = bare };
    }

    private AcmeIdentifier? BareDomain(AcmeIdentifier name)
    {
        if (!name.Value.StartsWith(BarePrefix, StringComparison.Ordinal)) return null;

        var domain = name.Value[BarePrefix.Length..];
        return _suffixes.IsPublicSuffix(domain) ? null : AcmeIdentifier.Parse(domain);
    }

    /// <summary>A wildcard stands for exactly one label (RFC 6125 section 6.4.3).</summary>
    private static AcmeIdentifier? WildcardAbove(AcmeIdentifier name)
    {
        if (name.Type != AcmeIdentifierType.Dns || name.IsWildcard || name.Value.IndexOf('.') is not (> 0 and var dot)) return null;

        return AcmeIdentifier.TryParse("*" + name.Value[dot..], out var wildcard, out _) ? wildcard : null;
    }

    private void Report(WishEntry candidate, string message) => _problems.Add(new DesiredProblem(candidate.Origin, message));
}
