using DnsClient;
using DnsClient.Protocol;

namespace AcmeKestrel.Dns.Lookup;

/// <summary>What a server says: records, that there are none, or why it says nothing.</summary>
/// <param name="Fault">Null: it has answered.</param>
internal sealed record DnsSaying(string? Fault, bool IsAuthoritative, IReadOnlyList<DnsResourceRecord> Answers, IReadOnlyList<DnsResourceRecord> Authorities)
{
    private const int MostAliases = 8;

    public static DnsSaying Nothing(string fault) => new(fault, false, [], []);

    public static DnsSaying Of(IDnsQueryResponse response) => response.Header.ResponseCode switch
    {
        DnsHeaderResponseCode.NoError => new DnsSaying(null, response.Header.HasAuthorityAnswer, response.Answers, response.Authorities),
        DnsHeaderResponseCode.NotExistentDomain => new DnsSaying(null, response.Header.HasAuthorityAnswer, [], response.Authorities),
        DnsHeaderResponseCode.Refused => Nothing("refuses to answer (REFUSED)"),
        DnsHeaderResponseCode.ServerFailure => Nothing("says SERVFAIL"),
        var code => Nothing($"says {code}"),
    };

    /// <summary>Names as they are compared: lower case, without the last dot.</summary>
    public static string NameOf(DnsString name) => name.Value.TrimEnd('.').ToLowerInvariant();

    public IEnumerable<T> At<T>(string name)
        where T : DnsResourceRecord => Answers.OfType<T>().Where(record => NameOf(record.DomainName) == name);

    /// <summary>Where the aliases within this answer lead.</summary>
    /// <exception cref="DnsProviderException">In a circle.</exception>
    public string Follow(string name)
    {
        var path = new List<string> { name };
        while (At<CNameRecord>(path[^1]).FirstOrDefault() is { } alias) Step(path, NameOf(alias.CanonicalName));
        return path[^1];
    }

    /// <summary>One alias further.</summary>
    /// <exception cref="DnsProviderException">In a circle, or too many.</exception>
    public static void Step(List<string> path, string next)
    {
        path.Add(next);
        if (path.IndexOf(next) < path.Count - 1) throw new DnsProviderException($"CNAME records lead in a circle: {string.Join(" -> ", path)}");
        if (path.Count > MostAliases + 1) throw new DnsProviderException($"More than {MostAliases} CNAME records follow one another: {string.Join(" -> ", path)}");
    }
}
