namespace AcmeKestrel;

/// <summary>What a backup holds (<see cref="IAcmeBackups"/>). Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeBackup
{
    /// <summary>A backup that lies there.</summary>
    public AcmeBackup(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        Path = path;
    }

    /// <summary>The archive, or the folder.</summary>
    public string Path { get; }

    /// <summary>Account keys.</summary>
    public int Accounts { get; init; }

    /// <summary>Certificates with their keys, former ones among them.</summary>
    public int Certificates { get; init; }

    /// <summary>Files of <c>desired/</c> and <c>want/</c>.</summary>
    public int WishFiles { get; init; }

    /// <summary>Other records: schedules, orders in flight, what was spent of limits, wishes of the running application.</summary>
    public int OtherRecords { get; init; }

    /// <summary>A sentence for each thing that is damaged and cannot be restored; empty: all of it can be.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}
