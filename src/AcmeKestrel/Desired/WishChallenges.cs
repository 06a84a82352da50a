using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Desired;

/// <summary>
/// The challenge types that a wish is tried with. A wildcard is proven by DNS alone (RFC 8555 section 7.1.3 leaves it to the CA; the Baseline Requirements allow no other way), so somebody must be able to write its record. Pure.
/// </summary>
internal static class WishChallenges
{
    /// <summary>Before what needs nobody's help: a certificate with a wildcard is proven in one way, wherever its names lead.</summary>
    private static readonly IReadOnlyList<string> ByDnsFirst = [ChallengeTypes.Dns01, .. ChallengeTypes.Answered];

    private static readonly IReadOnlyList<string> ByDnsLast = [.. ChallengeTypes.Answered, ChallengeTypes.Dns01];

    /// <param name="tell">Is told, property and sentence, what speaks against it.</param>
    public static IReadOnlyList<string> Choose(DesiredCertificate wording, IReadOnlyList<AcmeIdentifier> names, AcmeSettings settings, Action<string, string> tell)
    {
        var said = wording.Challenges is { Count: > 0 } own ? [.. own.Select(type => ChallengeTypes.Find(type) ?? type).Distinct()] : settings.Defaults.Challenges;
        foreach (var unknown in (said ?? []).Except(ChallengeTypes.Known))
        {
            tell(nameof(wording.Challenges), $"'{PlainText.Of(unknown, 100)}' is no known challenge type; known are {string.Join(", ", ChallengeTypes.Known)}.");
        }

        // Its records are the operator's, and need no provider.
        var byHand = said?.Contains(ChallengeTypes.DnsPersist01) is true;
        var hosts = names.Where(name => name.Type is AcmeIdentifierType.Dns).ToList();
        var helpless = hosts.Where(name => settings.Dns.ProviderOf(name.BareName, wording.Dns) is null).ToList();
        foreach (var name in hosts.Where(name => name.IsWildcard))
        {
            if (helpless.Contains(name) && !byHand) tell(nameof(wording.Names), $"'{name}' is a wildcard, which only a DNS record can prove, and has no DNS provider: set Acme:Dns:Default, or Acme:Dns:Zones:{name.BareName}.");
            else if (said is not null && !said.Any(ChallengeTypes.IsByDns)) tell(nameof(wording.Names), $"'{name}' is a wildcard, which only a DNS record can prove: Challenges ({string.Join(", ", said)}) leaves {ChallengeTypes.Dns01} out.");
        }

        if (said is not null)
        {
            // Another type would be left where there is one, and a failed attempt would come before it.
            foreach (var name in helpless.Where(name => (!name.IsWildcard || byHand) && said.Any(ChallengeTypes.IsWritten))) tell(nameof(wording.Challenges), $"'{name}' has no DNS provider for {said.First(ChallengeTypes.IsWritten)}: set Acme:Dns:Default, or Acme:Dns:Zones:{name.BareName}.");
            return said;
        }

        if (hosts.Count == 0 || helpless.Count == hosts.Count) return ChallengeTypes.Answered;
        return helpless.Count == 0 && hosts.Exists(name => name.IsWildcard) ? ByDnsFirst : ByDnsLast;
    }
}
