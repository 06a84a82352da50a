namespace AcmeKestrel.Storage;

/// <summary>Whose sole use of what is asked for, and for how long.</summary>
public sealed record StoreLeaseRequest
{
    /// <summary>Sole use of the resource for the owner.</summary>
    public StoreLeaseRequest(string resource, string owner, TimeSpan duration)
    {
        ArgumentNullException.ThrowIfNull(resource);
        ArgumentNullException.ThrowIfNull(owner);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(duration, TimeSpan.Zero);
        (Resource, Owner, Duration) = (resource, owner, duration);
    }

    /// <summary>Any text that could be the name of a record.</summary>
    public string Resource { get; init; }

    /// <summary>Tells one who asks again from another; different for each process and each start of it.</summary>
    public string Owner { get; init; }

    /// <summary>How long the lease lasts unless it is renewed.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What cannot be opened here is to be replaced, so it refuses nothing.</summary>
    internal bool ReplacesClosed { get; init; }
}
