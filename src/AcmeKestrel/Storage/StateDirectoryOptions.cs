namespace AcmeKestrel.Storage;

/// <summary>Where the state directory lies and who may read keys in it.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="KeyGroup">A group that may read certificate keys (mode 0640), or null.</param>
internal sealed record StateDirectoryOptions(string Path, string? KeyGroup);
