namespace AcmeKestrel.Storage;

/// <summary>The record is not at the expected version, or the fence is too old: somebody else wrote it.</summary>
public sealed class StoreConflictException(RecordKey key, string message) : Exception(message)
{
    /// <summary>The record that was to be written.</summary>
    public RecordKey Key { get; } = key;

    internal static StoreConflictException Version(RecordKey key, RecordVersion expected, RecordVersion found) => new(key,
        expected == RecordVersion.Absent ? $"{key} exists already."
        : found == RecordVersion.Absent ? $"{key} is gone: somebody else removed it."
        : $"{key} was written by somebody else meanwhile.");
}
