namespace AcmeKestrel;

/// <summary>What came of a restore (<see cref="IAcmeBackups.RestoreAsync"/>). Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeRestoreResult
{
    /// <summary>What the backup holds, or the part of it that was asked for.</summary>
    public AcmeRestoreResult(AcmeBackup backup)
    {
        ArgumentNullException.ThrowIfNull(backup);
        Backup = backup;
    }

    /// <summary>What the backup holds.</summary>
    public AcmeBackup Backup { get; }

    /// <summary>Things that were written.</summary>
    public int Restored { get; init; }

    /// <summary>Things that were there already and are the same.</summary>
    public int Unchanged { get; init; }

    /// <summary>Things that are there already, are others, and were left as they are.</summary>
    public IReadOnlyList<string> Conflicts { get; init; } = [];

    /// <summary>Things that were there, were others, and were replaced (<see cref="AcmeRestoreRequest.Overwrite"/>).</summary>
    public IReadOnlyList<string> Replaced { get; init; } = [];
}
