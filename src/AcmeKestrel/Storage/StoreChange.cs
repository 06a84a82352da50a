namespace AcmeKestrel.Storage;

/// <summary>What happened to a record.</summary>
public enum StoreChangeKind
{
    /// <summary>Created or replaced.</summary>
    Written,

    /// <summary>Removed.</summary>
    Deleted,

    /// <summary>Changes were missed: list again.</summary>
    Reset,
}

/// <summary>One item of the change feed; delivered at least once.</summary>
/// <param name="Key">The record; its default for <see cref="StoreChangeKind.Reset"/>.</param>
public readonly record struct StoreChange(StoreChangeKind Kind, RecordKey Key, StoreCursor Cursor);

/// <summary>An opaque place in the change feed from which it can be resumed.</summary>
public readonly record struct StoreCursor(string Value);
