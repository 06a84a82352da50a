namespace AcmeKestrel.Storage;

/// <summary>The record is not at the expected version, or the fence is too old: somebody else wrote it.</summary>
public sealed class StoreConflictException(RecordKey key, string message) : Exception(message)
{
    /// <summary>The record that was to be written.</summary>
    public RecordKey Key { get; } = key;
}
