using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>A CA that may be asked for a label's certificate, as it stands at this moment.</summary>
/// <param name="Account">Whose orders they would be.</param>
internal sealed record Candidate(Provider Provider, AccountName Account)
{
    /// <summary>What was spent of its limits, and how it is doing.</summary>
    public LedgerState Ledger { get; init; } = LedgerState.Empty;

    /// <summary>The name that probes whether it answers again, where it had trouble.</summary>
    public string? Probe { get; init; }

    /// <summary>Why its ledger or its account cannot be used, as far as it is known without asking the CA.</summary>
    public Obstacle? Unusable { get; init; }

    /// <summary>Buckets of its limits that others wait for whose certificates end sooner.</summary>
    public IReadOnlyList<string> Behind { get; init; } = [];

    /// <summary>Its account is being changed: no order begins.</summary>
    public string? AccountClosing { get; init; }

    /// <summary>Its account is being changed at this moment: no order takes a step.</summary>
    public bool IsAccountClosed { get; init; }
}
