namespace AcmeKestrel.Storage;

/// <summary>Which changes are watched, and from where.</summary>
public sealed record StoreWatchRequest
{
    /// <summary>Only changes of records of this kind, and resets; null: all.</summary>
    public RecordKind? Kind { get; init; }

    /// <summary>Where the watch goes on, as an earlier one said; null: from now on.</summary>
    public StoreCursor? After { get; init; }
}
