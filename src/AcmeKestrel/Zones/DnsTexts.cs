namespace AcmeKestrel;

/// <summary>The TXT values that a server has at a name.</summary>
public sealed record DnsTexts
{
    /// <summary>What a server has, the name of the server being for a message.</summary>
    public DnsTexts(string server, IReadOnlyList<string> values) => (Server, Values) = (server, values);

    /// <summary>By name and address.</summary>
    public string Server { get; init; }

    /// <summary>Empty: none.</summary>
    public IReadOnlyList<string> Values { get; init; }

    /// <summary>Why nobody knows, such as "does not answer"; null: it has answered.</summary>
    public string? Fault { get; init; }
}
