namespace AcmeKestrel.CommandLine;

/// <summary>Reads a file that an operator names for its key.</summary>
internal static class KeyFile
{
    /// <summary>Nobody's account key is as long.</summary>
    private const int Longest = 64 * 1024;

    /// <exception cref="Storage.StoreUnavailableException">It cannot be read.</exception>
    public static string Read(string path)
    {
        try
        {
            var content = RegularFile.Read(path);
            if (content.Length > Longest) throw new IOException($"has {content.Length} bytes: that is no account key");

            using var reader = new StreamReader(new MemoryStream(content));
            return reader.ReadToEnd();
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new Storage.StoreUnavailableException($"'{path}' cannot be read: {unreadable.Message}", unreadable);
        }
    }
}
