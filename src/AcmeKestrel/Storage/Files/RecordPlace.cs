namespace AcmeKestrel.Storage.Files;

/// <summary>Where a record lies, or may lie.</summary>
internal readonly record struct RecordPlace(RecordKey Key, string Path);
