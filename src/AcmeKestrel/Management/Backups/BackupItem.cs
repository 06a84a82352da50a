using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Backups;

/// <summary>A thing that a backup keeps.</summary>
internal abstract record BackupItem
{
    public sealed record Record(StoreRecord Stored) : BackupItem;

    /// <summary>A file of the operator's.</summary>
    public sealed record Wish(string Folder, string Name, ReadOnlyMemory<byte> Bytes) : BackupItem;

    /// <summary>Something that cannot be used, and is in nobody's way.</summary>
    public sealed record Damaged(string Problem) : BackupItem;
}
