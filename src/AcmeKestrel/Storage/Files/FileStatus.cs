namespace AcmeKestrel.Storage.Files;

/// <summary>What the kernel says of a file: .NET tells no owner. From <c>struct statx</c>, which is alike on every Linux.</summary>
internal readonly record struct FileStatus(uint User, uint Group, bool IsFolder, bool IsLink, UnixFileMode Mode)
{
    public const int Size = 256;

    /// <summary>STATX_TYPE, STATX_MODE, STATX_UID and STATX_GID.</summary>
    public const int Wanted = 1 | 2 | 8 | 16;

    private const int UserAt = 20;
    private const int GroupAt = 24;
    private const int ModeAt = 28;
    private const int KindMask = 0xF000; // S_IFMT
    private const int Folder = 0x4000; // S_IFDIR
    private const int Link = 0xA000; // S_IFLNK

    public static unsafe FileStatus Read(byte* answer)
    {
        var mode = *(ushort*)(answer + ModeAt);
        return new FileStatus(*(uint*)(answer + UserAt), *(uint*)(answer + GroupAt), (mode & KindMask) == Folder, (mode & KindMask) == Link, (UnixFileMode)(mode & 0xFFF));
    }
}
