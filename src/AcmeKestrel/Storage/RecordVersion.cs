namespace AcmeKestrel.Storage;

/// <summary>An opaque mark that changes with every write of a record.</summary>
public readonly record struct RecordVersion(string Value)
{
    /// <summary>As <c>expected</c>: the record must not exist yet.</summary>
    public static RecordVersion Absent { get; } = new("");
}
