using System.IO.Enumeration;

namespace AcmeKestrel.Desired.Files;

/// <summary>When a file was written, UTC. Some file systems keep times beyond the year 9999 (btrfs, ZFS, tmpfs), for which .NET throws; who has one is taken for a file without a time.</summary>
internal static class WriteTime
{
    public static DateTime Of(ref FileSystemEntry entry)
    {
        try
        {
            return entry.LastWriteTimeUtc.UtcDateTime;
        }
        catch (ArgumentOutOfRangeException)
        {
            return default;
        }
    }

    public static DateTime Of(FileSystemInfo file)
    {
        try
        {
            return file.LastWriteTimeUtc;
        }
        catch (ArgumentOutOfRangeException)
        {
            return default;
        }
    }
}
