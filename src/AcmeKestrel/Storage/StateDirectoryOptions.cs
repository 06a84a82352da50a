namespace AcmeKestrel.Storage;

/// <summary>Where the state directory lies and who may read keys in it.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="KeyGroup">A group that may read certificate keys (mode 0640), or null.</param>
internal sealed record StateDirectoryOptions(string Path, string? KeyGroup)
{
    /// <summary>How long a record is waited for. Beyond any disk that works, and not so long that a server starts without all the others.</summary>
    public TimeSpan ReadPatience { get; init; } = TimeSpan.FromSeconds(5);
}
