using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>An order in flight, as far as planning cares.</summary>
/// <param name="Id">Its intent's.</param>
internal sealed record OpenOrder(string Id, OrderPurpose Purpose)
{
    /// <summary>Nothing was asked of the CA yet, or nobody knows whether it was.</summary>
    public bool IsIntent { get; init; }

    /// <summary>As a CA's limits count it.</summary>
    public OrderKind Kind { get; init; }

    /// <summary>When it was decided.</summary>
    public DateTimeOffset BegunAt { get; init; }

    /// <summary>Since when the CA may issue; null: it may not yet, or nobody knows.</summary>
    public DateTimeOffset? FinalizedAt { get; init; }

    /// <summary>It is there to see whether its names can be validated (<see cref="Decision.Issue.IsRehearsal"/>).</summary>
    public bool IsRehearsal { get; init; }

    /// <summary>It was made to see whether it would work, and its certificate goes to nobody.</summary>
    public bool IsTrial { get; init; }

    /// <summary>The CA may have issued: the order is finished whatever else changed.</summary>
    public bool IsCommitted { get; init; }

    /// <summary>It is for the key of a certificate before it.</summary>
    public bool ReusesKey { get; init; }

    /// <summary>The generation that its certificate is, or would be; null before the CA gave it a URL.</summary>
    public string? Generation { get; init; }

    /// <summary>The CA asked not to be asked before.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>The next look at what it waits for.</summary>
    public DateTimeOffset? NextLook { get; init; }

    /// <summary>When that was decided: by a clock that is ahead of the present one it says nothing.</summary>
    public DateTimeOffset? LookedAt { get; init; }

    /// <summary>What that is, in words; null: the CA.</summary>
    public string? WaitsFor { get; init; }

    /// <summary>That is a human's to do.</summary>
    public bool NeedsHuman { get; init; }

    /// <summary>What a human has to do before it goes on, as it was found last; null: nothing.</summary>
    public string? Awaits { get; init; }

    /// <summary>The CA it was made at; null where no provider is configured for it any more.</summary>
    public Candidate? At { get; init; }
}
