namespace AcmeKestrel;

/// <summary>Something that one process has asked of the one that has the state (<see cref="IAcmeState.ListRequestsAsync"/>). Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeRequestStatus
{
    /// <summary>A status with what is always there.</summary>
    public AcmeRequestStatus(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        Id = id;
    }

    /// <summary>Its name in the state: when it was asked, and some letters.</summary>
    public string Id { get; }

    /// <summary>What is asked, as the log calls it: <c>Renew</c>; null where the record cannot be read.</summary>
    public string? Verb { get; init; }

    /// <summary>The label, hook, name or provider that it is about; null: none of them alone.</summary>
    public string? About { get; init; }

    /// <summary>Who asked: user, machine and process.</summary>
    public string? By { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>When it was taken up; null: nobody has.</summary>
    public DateTimeOffset? BegunAt { get; init; }

    /// <summary>When it was done, or could not be; it stays until whoever asked has read that, an hour at most. Null: it is not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it could not be done, or the record cannot be read; null: nothing is wrong.</summary>
    public string? Problem { get; init; }
}
