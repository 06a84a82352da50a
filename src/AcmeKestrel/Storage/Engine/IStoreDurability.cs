namespace AcmeKestrel.Storage.Engine;

/// <summary>An optional ability of a store: knows whether what it keeps outlives a restart.</summary>
internal interface IStoreDurability
{
    /// <summary>A sentence: why it may not; null: nothing speaks for that. Answered from memory: health checks ask.</summary>
    string? Doubt { get; }
}
