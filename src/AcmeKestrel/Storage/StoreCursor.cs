namespace AcmeKestrel.Storage;

/// <summary>An opaque place in the change feed from which it can be resumed.</summary>
public readonly record struct StoreCursor
{
    /// <summary>The place, which only the store that made it understands.</summary>
    public StoreCursor(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Value = value;
    }

    /// <summary>The place.</summary>
    public string Value { get; }
}
