namespace AcmeKestrel;

/// <summary>A server that does not show a record yet.</summary>
public sealed record DnsAbsence
{
    /// <summary>Both are for a message.</summary>
    public DnsAbsence(string server, string reason) => (Server, Reason) = (server, reason);

    /// <summary>By name and address.</summary>
    public string Server { get; init; }

    /// <summary>What it said instead, such as "has 1 other value" or "does not answer".</summary>
    public string Reason { get; init; }

    /// <summary>It tells nothing of the name, since it is away, refuses or is not authoritative, and another one shows the record: whoever asks the zone asks that one then.</summary>
    public bool MayBePassedOver { get; init; }
}
