namespace AcmeKestrel;

/// <summary>What is restored, and how.</summary>
public sealed record AcmeRestoreRequest
{
    /// <summary>All that lies there.</summary>
    public AcmeRestoreRequest(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = path;
    }

    /// <summary>An archive or a folder that <see cref="IAcmeBackups.BackUpAsync"/> wrote, or a copy of a state directory as <c>tar</c> or <c>cp</c> make it.</summary>
    public string Path { get; init; }

    /// <summary>Only the accounts of this mail address, and the certificates that they ordered; null: all.</summary>
    public string? Email { get; init; }

    /// <summary>What is there already, and is another thing, is replaced. What was spent of a CA's limits never is.</summary>
    public bool Overwrite { get; init; }
}
