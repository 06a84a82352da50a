using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Desired;

/// <summary>One source's entry, parsed, with the defaults filled in, not yet compared with the others.</summary>
internal sealed record WishEntry
{
    private readonly string? _origin;

    private WishEntry(string? label, IReadOnlyList<AcmeIdentifier> names, string origin, WishTerms terms) =>
        (Label, Names, Terms, _origin) = (label, names, terms, label is not null && terms.Folder + label == origin ? null : origin);

    /// <summary>Null = the first name that is left after merging.</summary>
    public string? Label { get; }

    public IReadOnlyList<AcmeIdentifier> Names { get; }

    /// <summary>Its names are a wildcard in the place of those that it wished (<see cref="WildcardFold"/>).</summary>
    public bool IsFolded => Said is not null;

    /// <summary>All that it says beside that; mostly what its neighbours say.</summary>
    public WishTerms Terms { get; }

    public string Origin => _origin ?? Terms.Folder + Label;

    /// <summary>Where a message finds it.</summary>
    public string Place => Terms.Wording.Place?.ToString() ?? Origin;

    /// <summary>What was wished, where <see cref="IsFolded"/>.</summary>
    private AsWished? Said { get; init; }

    public bool HasWildcard => Names.Any(name => name.IsWildcard);

    public Provider Provider => Terms.Provider;

    public AcmeWishSource Source => Terms.Source;

    public IReadOnlyList<string> Challenges => Terms.Challenges;

    /// <summary>As its source would word it: the same entry, though names may have been written otherwise.</summary>
    public DesiredCertificate Wording => Terms.Wording with { Names = [.. (Said?.Names ?? Names).Select(name => name.Value)], Origin = Origin, Label = Said is { } said ? said.Label : Label };

    /// <summary>Whether one of these providers has to do with it.</summary>
    public bool Concerns(IReadOnlySet<string> providers, AcmeSettings settings) =>
        providers.Contains(Provider.Name) || (Terms.Wording.Provider is { } wished && providers.Contains(wished)) || (Terms.Wording.FallbackProviders ?? settings.Defaults.Fallbacks).Any(providers.Contains);

    /// <summary>Null where the entry can be no wish; every reason is then among <paramref name="problems"/>: a certificate with fewer names than wished is not what was wished.</summary>
    /// <param name="neighbour">Its terms are shared where they are the same.</param>
    public static WishEntry? Read(AcmeWishSource source, DesiredCertificate wording, AcmeSettings settings, ICollection<DesiredProblem> problems, WishTerms? neighbour = null)
    {
        var faults = new WordingFaults(wording);
        var names = ReadNames(wording, faults);
        var label = ReadLabel(wording, faults);
        var folded = WildcardFold.Of(wording, names, settings);
        var provider = settings.Providers.GetValueOrDefault(wording.Provider ?? settings.DefaultProvider);
        if (provider is null) faults.Add(nameof(wording.Provider), UnknownProvider(wording.Provider, settings));
        if (provider is { IsBuiltIn: true }) faults.AddRange(nameof(wording.Names), SpecialFaults(names, provider));

        if (wording.Dns is { } dns && !settings.Dns.Providers.ContainsKey(dns)) faults.Add(nameof(wording.Dns), UnknownDns(dns, settings));
        var challenges = WishChallenges.Choose(wording, folded ?? names, settings, faults.Add);
        var fallbacks = ReadFallbacks(wording, names, provider, settings, faults);
        foreach (var fault in faults.All) problems.Add(fault);
        if (faults.All.Count > 0) return null;

        var terms = WishTerms.Of(source, provider!, challenges, wording) with { Fallbacks = fallbacks };
        if (terms.IsSameAs(neighbour)) terms = neighbour;
        return folded is null ? new WishEntry(label, names, wording.Origin, terms) : new WishEntry(null, folded, wording.Origin, terms) { Said = new(names, label) };
    }

    private static AcmeIdentifier[] ReadNames(DesiredCertificate wording, WordingFaults faults)
    {
        var names = new List<AcmeIdentifier>(wording.Names.Count);
        foreach (var text in wording.Names)
        {
            if (!AcmeIdentifier.TryParse(text, out var name, out var error)) faults.Add(nameof(wording.Names), error);
            else if (!names.Contains(name)) names.Add(name);
        }

        if (wording.Names.Count == 0) faults.Add(nameof(wording.Names), "names nothing.");
        return [.. names];
    }

    /// <summary>A public CA is no fallback for names that it cannot know: the defaults are for all certificates, local ones among them.</summary>
    private static List<string> ReadFallbacks(DesiredCertificate wording, AcmeIdentifier[] names, Provider? preferred, AcmeSettings settings, WordingFaults faults)
    {
        var fallbacks = new List<string>();
        foreach (var name in wording.FallbackProviders ?? settings.Defaults.Fallbacks)
        {
            if (!settings.Providers.TryGetValue(name, out var fallback)) faults.Add(nameof(wording.FallbackProviders), UnknownProvider(name, settings));
            else if (fallback.Ca != preferred?.Ca && !fallbacks.Contains(fallback.Name) && !(fallback.IsBuiltIn && SpecialFaults(names, fallback).Any())) fallbacks.Add(fallback.Name);
        }

        return fallbacks;
    }

    private static string? ReadLabel(DesiredCertificate wording, WordingFaults faults)
    {
        if (wording.Label is null) return null;
        if (CertificateLabel.TryParse(wording.Label, out var label, out var error)) return label;

        faults.Add(nameof(wording.Label), error);
        return null;
    }

    private static string UnknownProvider(string? name, AcmeSettings settings) =>
        $"'{PlainText.Of(name ?? "", 100)}' is no known provider; known are {string.Join(", ", settings.Providers.Keys.Order(StringComparer.Ordinal))}.";

    private static string UnknownDns(string name, AcmeSettings settings) =>
        $"'{PlainText.Of(name, 100)}' is no known DNS provider; {(settings.Dns.Providers.Count == 0 ? "there is none" : $"known are {string.Join(", ", settings.Dns.Providers.Keys.Order(StringComparer.Ordinal))}")}.";

    private static IEnumerable<string> SpecialFaults(AcmeIdentifier[] names, Provider provider) =>
        from name in names
        let reason = SpecialUse.Find(name)
        where reason is not null
        select $"'{name}' {reason}, and is never sent to the public CA '{provider.Name}'.";

    private sealed record AsWished(IReadOnlyList<AcmeIdentifier> Names, string? Label);

    private sealed class WordingFaults(DesiredCertificate wording)
    {
        public List<DesiredProblem> All { get; } = [];

        public void Add(string property, string fault) => All.Add(new DesiredProblem(wording.PlaceOf(property), fault));

        public void AddRange(string property, IEnumerable<string> faults)
        {
            foreach (var fault in faults) Add(property, fault);
        }
    }
}
