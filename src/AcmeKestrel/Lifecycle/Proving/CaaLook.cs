using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Zones;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>Looks for the CAA records that a CA would go by: at the name, then at each name above it (RFC 8659 section 3).</summary>
internal sealed class CaaLook(IDnsLookup lookup, DnsSettings settings, CaaIssuer issuer)
{
    /// <summary>Names of one certificate have the same ones above them.</summary>
    private readonly ConcurrentDictionary<string, Task<IReadOnlyList<CaaRecord>>> _asked = new(StringComparer.Ordinal);

    /// <summary>Null: nothing speaks against it.</summary>
    /// <exception cref="DnsProviderException">DNS cannot be asked.</exception>
    public async Task<string?> WhyNotAsync(AcmeIdentifier name, CancellationToken cancellationToken)
    {
        for (var at = name.BareName; at.Length > 0; at = at.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? at[(dot + 1)..] : "")
        {
            var records = await _asked.GetOrAdd(at, asked => lookup.FindCaaAsync(asked, settings.Resolvers, cancellationToken)).ConfigureAwait(false);
            if (records.Count > 0) return CaaRule.WhyNot(records, name.IsWildcard, issuer with { Methods = [.. issuer.Methods.Where(method => !name.IsWildcard || ChallengeTypes.IsByDns(method))] });
        }

        return null;
    }
}
