namespace AcmeKestrel.Storage;

/// <summary>A stored record; where <paramref name="Error"/> is set the record is damaged, and <paramref name="Content"/> holds what could be read of it.</summary>
/// <param name="Error">A sentence that names the file, or null.</param>
public sealed record StoreRecord(RecordKey Key, RecordVersion Version, RecordContent Content, string? Error = null);
