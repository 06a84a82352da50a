namespace AcmeKestrel.Storage;

/// <summary>An opaque mark of what a record holds: it differs whenever the content does.</summary>
public readonly record struct RecordVersion(string Value)
{
    /// <summary>As <c>expected</c>: the record must not exist yet.</summary>
    public static RecordVersion Absent { get; } = new("");
}
