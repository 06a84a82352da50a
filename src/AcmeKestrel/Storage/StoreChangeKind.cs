namespace AcmeKestrel.Storage;

/// <summary>What happened to a record. Kinds may be added: treat one that you do not know as <see cref="Reset"/>.</summary>
public enum StoreChangeKind
{
    /// <summary>Created or replaced.</summary>
    Written,

    /// <summary>Removed.</summary>
    Deleted,

    /// <summary>Changes were missed: list again.</summary>
    Reset,
}
