using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;

namespace AcmeKestrel.Lifecycle.Stored;

/// <summary>What the state holds of a label, as far as it was read.</summary>
internal sealed class LoadedLabel(string label)
{
    public string Label { get; } = label;

    /// <summary>Of the newest generation that can be served, or that says it can.</summary>
    public CertificateFacts? Certificate { get; set; }

    /// <summary>The same with its key, where it was read for itself; null: only facts are known of it, or it was read among many.</summary>
    public Generation? Read { get; set; }

    /// <summary>Null: not read.</summary>
    public Schedule? Schedule { get; set; }

    public OrderRun? Run { get; set; }

    /// <summary>There is an order in flight that cannot be read now.</summary>
    public bool HasUnreadOrder { get; set; }

    public Revocation? Revocation { get; set; }

    /// <summary>The id of the order in flight, also where it cannot be gone on with: what it reserved may still be credited.</summary>
    public string? OpenOrder { get; set; }

    /// <summary>Why a record of the label cannot be used, or null.</summary>
    public RecordFault? Damage { get; set; }
}
