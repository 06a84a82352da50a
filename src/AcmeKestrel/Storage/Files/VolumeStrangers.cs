using System.IO.Enumeration;

namespace AcmeKestrel.Storage.Files;

/// <summary>What operating systems and file servers leave on every volume: nobody's data, so a folder with nothing else in it is empty. Other names with a leading dot do count: a home folder is no fresh volume.</summary>
internal static class VolumeStrangers
{
    private static readonly string[] Names =
    [
        "lost+found", ".nfs*", // kernels
        ".snapshot", ".snapshots", "~snapshot", ".zfs", ".ckpt", ".etc", // file servers
        "@eaDir", "#recycle", ".@__thumb", "@Recycle",
        ".fuse_hidden*", ".Trash", ".Trash-*", ".directory", // desktops
        ".DS_Store", "._*", ".fseventsd", ".Spotlight-V100", ".Trashes", ".TemporaryItems", ".DocumentRevisions-V100", ".VolumeIcon.icns", ".apdisk", ".com.apple.timemachine.*",
        "System Volume Information", "$RECYCLE.BIN", "desktop.ini", "Thumbs.db",
        "aquota.user", "aquota.group", "quota.user", "quota.group",
        ".keep", ".gitkeep", ".gitignore", ".dockerignore", // how an empty folder is committed
    ];

    public static bool Includes(string name) => Names.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false));
}
