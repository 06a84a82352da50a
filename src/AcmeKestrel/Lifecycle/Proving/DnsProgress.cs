namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>How far an order's records are.</summary>
internal abstract record DnsProgress
{
    /// <summary>The CA may be told.</summary>
    public static DnsProgress Ready { get; } = new Done();

    /// <summary>Somebody is at work on it.</summary>
    public sealed record Working(Task Task, string What) : DnsProgress;

    /// <summary>Nothing is done until then.</summary>
    public sealed record Waiting(DateTimeOffset Until, string What) : DnsProgress;

    /// <param name="Names">Why, by name.</param>
    public sealed record Failed(IReadOnlyDictionary<string, string> Names) : DnsProgress;

    private sealed record Done : DnsProgress;
}
