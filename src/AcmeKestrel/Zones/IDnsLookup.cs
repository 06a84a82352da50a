using System.Net;

namespace AcmeKestrel;

/// <summary>Looks into DNS as a CA does. The package AcmeKestrel.Dns has one; without any, aliases are not followed, records not waited for and CAA not looked at.</summary>
/// <remarks>Every answer comes from outside. A name that does not exist is an answer; a server that cannot be asked is a <see cref="DnsProviderException"/>.</remarks>
public interface IDnsLookup
{
    /// <summary>Where CNAME records lead from this name; the name itself where there are none.</summary>
    /// <param name="name">In A-labels, without the last dot.</param>
    /// <param name="resolvers">Who is asked; empty: the system's resolvers.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    Task<string> FindTargetAsync(string name, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken);

    /// <summary>Who does not show the TXT value at the name: of the zone's authoritative servers, and of <paramref name="resolvers"/> where some are named. Empty: all show it.</summary>
    Task<IReadOnlyList<DnsAbsence>> FindAbsencesAsync(string name, string value, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken);

    /// <summary>What each of the zone's authoritative servers has at the name.</summary>
    /// <exception cref="DnsProviderException">They are not found.</exception>
    Task<IReadOnlyList<DnsTexts>> FindTextsByServerAsync(string name, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken);

    /// <summary>The CAA records at the name itself, aliases followed (RFC 8659 section 3 climbs from there); empty: none.</summary>
    Task<IReadOnlyList<CaaRecord>> FindCaaAsync(string name, IReadOnlyList<IPEndPoint> resolvers, CancellationToken cancellationToken);
}
