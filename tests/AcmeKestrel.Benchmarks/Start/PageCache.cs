namespace AcmeKestrel.Benchmarks.Start;

/// <summary>Disks are not what is measured.</summary>
internal static class PageCache
{
    /// <summary>Reads every file below the folder once, or those whose names match.</summary>
    public static void Fill(string folder, string pattern = "*")
    {
        var buffer = new byte[128 * 1024];
        foreach (var path in Directory.EnumerateFiles(folder, pattern, new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
        {
            using var file = File.OpenHandle(path);
            for (long offset = 0, read; (read = RandomAccess.Read(file, buffer, offset)) > 0; offset += read) continue;
        }
    }
}
