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
}
