using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.RunTime;

/// <summary>Wishes on record.</summary>
internal interface IRecordedWishes
{
    /// <summary>Another process may have written: they are read anew when they are asked for.</summary>
    void LookAgain();

    /// <summary>False: there was none.</summary>
    Task<bool> RemoveAsync(StateSession session, string label, CancellationToken cancellationToken);
}
