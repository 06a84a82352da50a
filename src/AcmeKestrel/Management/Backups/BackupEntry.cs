namespace AcmeKestrel.Management.Backups;

/// <summary>A file of a backup: where it lies in a state directory, with slashes, and what it holds.</summary>
internal sealed record BackupEntry(string Path, ReadOnlyMemory<byte> Bytes, bool IsSecret = true);
