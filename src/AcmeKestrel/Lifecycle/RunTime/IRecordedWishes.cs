namespace AcmeKestrel.Lifecycle.RunTime;

/// <summary>Wishes on record.</summary>
internal interface IRecordedWishes
{
    /// <summary>Another process may have written: they are read anew when they are asked for.</summary>
    void LookAgain();
}
