using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.RunTime;

/// <summary>Wishes on record.</summary>
internal interface IRecordedWishes
{
    /// <summary>What their records are.</summary>
    RecordKind Kind { get; }

    /// <summary>Another process may have written: they are read anew when they are asked for.</summary>
    void LookAgain();

    /// <summary>Another process wrote this one, or removed it; no other one is read.</summary>
    Task LookAgainAsync(string label, CancellationToken cancellationToken);

    /// <summary>False: there was none.</summary>
    Task<bool> RemoveAsync(StateSession session, string label, CancellationToken cancellationToken);
}
