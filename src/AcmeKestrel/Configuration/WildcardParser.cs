using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Collections;
using AcmeKestrel.Configuration.Zones;

namespace AcmeKestrel.Configuration;

/// <summary>Checks <c>Acme:Wildcards</c>. What could not be proven is told at start: else each of the names would come to nothing one by one.</summary>
internal sealed class WildcardParser(AcmeConfigurationSection section, ProblemList problems)
{
    private const string Key = nameof(AcmeOptions.Wildcards);

    /// <param name="challenges">Null: whatever suits the names.</param>
    public SettingSet Parse(List<string>? domains, IReadOnlyList<string>? challenges, DnsSettings dns)
    {
        var found = new List<string>();
        var byHand = challenges?.Contains(ChallengeTypes.DnsPersist01) is true;
        foreach (var (key, said) in section.Items(Key, domains))
        {
            if (!AcmeIdentifier.TryParse(said, out var domain, out var error)) problems.Add(key, error);
            else if (domain.Type is not AcmeIdentifierType.Dns || domain.IsWildcard) problems.Add(key, $"'{said}' is no domain: write the one that the names are below, without '*.'.");
            else if (PublicSuffixList.Embedded.IsPublicSuffix(domain.Value)) problems.Add(key, $"'{said}' is a public suffix, below which names belong to many.");
            else if (dns.ProviderOf(domain.Value, null) is null && !byHand) problems.Add(key, $"'{said}' has no DNS provider, without which no wildcard can be proven: set {section.Path}:{nameof(AcmeOptions.Dns)}:{nameof(AcmeDnsOptions.Default)}, or {section.Path}:{nameof(AcmeOptions.Dns)}:{nameof(AcmeDnsOptions.Zones)}:{domain.Value}.");
            else found.Add(domain.Value);
        }

        if (found.Count > 0 && challenges is not null && !challenges.Any(ChallengeTypes.IsByDns)) problems.Add(nameof(AcmeOptions.Challenges), $"leaves {ChallengeTypes.Dns01} out, without which {section.Path}:{Key} cannot be.");
        return [.. found];
    }
}
