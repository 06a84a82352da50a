namespace AcmeKestrel.Storage;

/// <summary>An opaque mark of what a record holds: it differs whenever the content does.</summary>
public readonly record struct RecordVersion
{
    /// <summary>The mark, which only the store that made it understands.</summary>
    public RecordVersion(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Value = value;
    }

    /// <summary>As <c>expected</c>: the record must not exist yet.</summary>
    public static RecordVersion Absent { get; } = new("");

    /// <summary>The mark.</summary>
    public string Value { get; }
}
