namespace AcmeKestrel.Storage.Files.Kernel;

/// <summary>What the kernel says of a file, in one call: .NET tells no owner, and asks anew for the mode and for the length. From <c>struct statx</c>, which is alike on every Linux.</summary>
/// <param name="Kind">Null for what is none of them, such as a pipe.</param>
/// <param name="Length">In bytes.</param>
internal readonly record struct FileStatus(FileEntryKind? Kind, uint User, uint Group, UnixFileMode Mode, long Length, FileIdentity Identity)
{
    public const int Size = 256;

    /// <summary>STATX_TYPE, STATX_MODE, STATX_UID, STATX_GID, STATX_INO and STATX_SIZE; the device is always told.</summary>
    public const int Wanted = 1 | 2 | 8 | 16 | 0x100 | 0x200;

    private const int UserAt = 20;
    private const int GroupAt = 24;
    private const int ModeAt = 28;
    private const int InodeAt = 32;
    private const int LengthAt = 40;
    private const int DeviceMajorAt = 136;
    private const int DeviceMinorAt = 140;
    private const int KindMask = 0xF000; // S_IFMT

    public static unsafe FileStatus Read(byte* answer)
    {
        var mode = *(ushort*)(answer + ModeAt);
        FileEntryKind? kind = (mode & KindMask) switch
        {
            0x8000 => FileEntryKind.File, // S_IFREG
            0x4000 => FileEntryKind.Folder, // S_IFDIR
            0xA000 => FileEntryKind.Link, // S_IFLNK
            _ => null,
        };
        var identity = new FileIdentity(*(uint*)(answer + DeviceMajorAt), *(uint*)(answer + DeviceMinorAt), *(ulong*)(answer + InodeAt));
        return new FileStatus(kind, *(uint*)(answer + UserAt), *(uint*)(answer + GroupAt), (UnixFileMode)(mode & 0xFFF), *(long*)(answer + LengthAt), identity);
    }
}
