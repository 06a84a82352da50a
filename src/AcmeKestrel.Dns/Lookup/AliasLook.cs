using System.Security.Cryptography;
using AcmeKestrel.Dns.Wire;

namespace AcmeKestrel.Dns.Lookup;

/// <summary>
/// Where CNAME records lead, as the authoritative servers say. A resolver would keep for a while that there is nothing at the name yet, of all types, and is asked for the record later.
/// </summary>
/// <param name="ask">The resolvers: only where none of the authoritative servers can be asked from here.</param>
internal sealed class AliasLook(ZoneHearing zone, Func<string, DnsType, CancellationToken, Task<DnsSaying>> ask)
{
    /// <exception cref="DnsProviderException">Nobody tells, or they lead in a circle.</exception>
    public async Task<string> FollowAsync(string name, CancellationToken cancellationToken)
    {
        var path = new List<string> { name };
        while (await FindAliasAsync(path[^1], cancellationToken).ConfigureAwait(false) is { } next) DnsSaying.Step(path, next);
        return path[^1];
    }

    /// <summary>One that a zone's <c>*</c> makes for any name is not meant for this one, and ends where the name has a record of its own: it is not followed.</summary>
    private async Task<string?> FindAliasAsync(string name, CancellationToken cancellationToken)
    {
        var servers = await FindServersAsync(name, cancellationToken).ConfigureAwait(false);
        if (await TargetOfAsync(servers, name, cancellationToken).ConfigureAwait(false) is not { } target) return null;

        // No longer than the label that challenges have.
        var another = $"{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(7))}.{WireName.ParentOf(name)}";
        return await TargetOfAsync(servers, another, cancellationToken).ConfigureAwait(false) == target ? null : target;
    }

    /// <summary>Null: it is no alias.</summary>
    private async Task<string?> TargetOfAsync(IReadOnlyList<ZoneServer> servers, string name, CancellationToken cancellationToken)
    {
        var heard = (await zone.HearAsync(servers, name, DnsType.CNAME, cancellationToken).ConfigureAwait(false)).Where(one => one.IsAuthoritative).Select(one => one.Saying!).ToList();
        if (heard.Count == 0) heard.Add(await ask(name, DnsType.CNAME, cancellationToken).ConfigureAwait(false));

        // One that lags may not have it yet.
        return heard.SelectMany(saying => saying.At<DnsData.Alias>(name)).Select(alias => alias.Target).FirstOrDefault();
    }

    /// <summary>Empty: they are not found.</summary>
    private async Task<IReadOnlyList<ZoneServer>> FindServersAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await zone.FindServersAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (DnsProviderException)
        {
            return [];
        }
    }
}
