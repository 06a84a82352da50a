namespace AcmeKestrel.Storage;

/// <summary>One item of the change feed; delivered at least once.</summary>
public readonly record struct StoreChange
{
    /// <summary>Something that happened, and the place after it.</summary>
    public StoreChange(StoreChangeKind kind, RecordKey? key, StoreCursor cursor) => (Kind, Key, Cursor) = (kind, key, cursor);

    /// <summary>What happened.</summary>
    public StoreChangeKind Kind { get; }

    /// <summary>The record; null for <see cref="StoreChangeKind.Reset"/>.</summary>
    public RecordKey? Key { get; }

    /// <summary>Where the feed goes on after this item.</summary>
    public StoreCursor Cursor { get; }

    internal bool Concerns(StoreWatchRequest request) => Key is not { } key || request.Kind is not { } kind || key.Kind == kind;
}
