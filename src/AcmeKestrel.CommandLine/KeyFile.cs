namespace AcmeKestrel.CommandLine;

/// <summary>Reads a file that an operator names for its key.</summary>
internal static class KeyFile
{
    /// <summary>Nobody's account key is as long: whatever lies there, no more is read.</summary>
    private const int Longest = 64 * 1024;

    /// <exception cref="Storage.StoreUnavailableException">It cannot be read.</exception>
    public static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            if ((File.GetAttributes(path) & (FileAttributes.Directory | FileAttributes.Device)) != 0) throw new IOException("It is no file.");

            using var reader = new StreamReader(path);
            var text = new char[Longest + 1];
            var length = await reader.ReadBlockAsync(text, cancellationToken).ConfigureAwait(false);
            return length <= Longest ? new string(text, 0, length) : throw new IOException($"It is longer than {Longest} characters: that is no account key.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new Storage.StoreUnavailableException($"'{path}' cannot be read: {unreadable.Message}", unreadable);
        }
    }
}
