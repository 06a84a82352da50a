using AcmeKestrel.Dns.Wire;

namespace AcmeKestrel.Dns.Lookup;

/// <summary>What a server says: records, that there are none, or why it says nothing.</summary>
/// <param name="Fault">Null: it has answered.</param>
internal sealed record DnsSaying(string? Fault, bool IsAuthoritative, IReadOnlyList<DnsData> Answers, IReadOnlyList<DnsData> Authorities)
{
    private const int MostAliases = 8;

    /// <summary>It was waited for in vain.</summary>
    public bool IsSilence { get; init; }

    public static DnsSaying Nothing(string fault) => new(fault, false, [], []);

    /// <exception cref="FormatException">A record that is asked for cannot be read, or nobody can say what the answer is about.</exception>
    public static DnsSaying Of(DnsMessage message) => message.ResponseCode switch
    {
        0 or DnsCodes.NoSuchName when !message.HasQuestion => throw new FormatException("An answer has no question"),
        0 => new DnsSaying(null, message.IsAuthoritative, Read(message, message.Answers), Read(message, message.Authorities)),
        DnsCodes.NoSuchName => new DnsSaying(null, message.IsAuthoritative, [], Read(message, message.Authorities)),
        DnsCodes.Refused => Nothing("refuses to answer (REFUSED)"),
        var code => Nothing($"says {DnsCodes.WordOf(code)}"),
    };

    public IEnumerable<T> At<T>(string name)
        where T : DnsData => Answers.OfType<T>().Where(data => data.Name == name);

    /// <summary>Where the aliases within this answer lead.</summary>
    /// <exception cref="DnsProviderException">In a circle.</exception>
    public string Follow(string name)
    {
        var path = new List<string> { name };
        while (At<DnsData.Alias>(path[^1]).FirstOrDefault() is { } alias) Step(path, alias.Target);
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

    private static List<DnsData> Read(DnsMessage message, IReadOnlyList<DnsRecord> records) => [.. records.Select(record => DnsData.Read(message, record)).OfType<DnsData>()];
}
