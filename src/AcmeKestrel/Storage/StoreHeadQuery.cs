namespace AcmeKestrel.Storage;

/// <summary>One part of the newest record of each group.</summary>
public sealed record StoreHeadQuery
{
    /// <summary>This part of the heads of this kind's groups.</summary>
    public StoreHeadQuery(RecordKind kind, string part)
    {
        ArgumentNullException.ThrowIfNull(part);
        (Kind, Part) = (kind, part);
    }

    /// <summary>Of this kind.</summary>
    public RecordKind Kind { get; init; }

    /// <summary>The part's name (<see cref="RecordPart.Name"/>).</summary>
    public string Part { get; init; }

    /// <summary>
    /// Called at most once in a listing, with the names of all heads, before any of their parts is read, where the store knows names first: nobody who wants one of them has to wait until the list comes to it then.
    /// A store that tells all heads as soon as their names does not call it. It is called on any thread, and the listing waits for it.
    /// </summary>
    public Action<IReadOnlyCollection<string>>? Named { get; init; }
}
