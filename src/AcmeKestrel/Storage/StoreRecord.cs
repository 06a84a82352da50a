namespace AcmeKestrel.Storage;

/// <summary>A stored record.</summary>
public sealed record StoreRecord
{
    /// <summary>A record that is whole, unless <see cref="Error"/> says otherwise.</summary>
    public StoreRecord(RecordKey key, RecordVersion version, RecordContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        (Key, Version, Content) = (key, version, content);
    }

    /// <summary>Its name.</summary>
    public RecordKey Key { get; init; }

    /// <summary>The mark of what it holds.</summary>
    public RecordVersion Version { get; init; }

    /// <summary>What it holds; of a damaged record, what could be read of it.</summary>
    public RecordContent Content { get; init; }

    /// <summary>Null, or a sentence that names the file: the record is damaged, or was not read.</summary>
    public string? Error { get; init; }

    /// <summary>Beside <see cref="Error"/>: reading this record failed in a way that may pass, and nothing is known of the record itself.</summary>
    public bool IsUnread { get; init; }
}
