using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle;

/// <summary>What the state holds of a label.</summary>
internal sealed class LoadedLabel(string label)
{
    public string Label { get; } = label;

    /// <summary>The newest that can be served.</summary>
    public Generation? Generation { get; set; }

    public Schedule Schedule { get; set; } = Schedule.Empty;

    public OrderRun? Run { get; set; }

    /// <summary>The id of the order in flight, also where it cannot be gone on with: what it reserved may still be credited.</summary>
    public string? OpenOrder { get; set; }

    /// <summary>Why a record of the label cannot be used, or null.</summary>
    public string? Damage { get; set; }
}
