using System.Text;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel;

/// <summary>The text of a file that holds one secret, as an editor or a secret store left it: without white space at its ends, and without the mark that some editors begin with.</summary>
internal static class SecretFile
{
    private const int Longest = 64 * 1024;

    /// <summary>Empty: there is none in it.</summary>
    /// <exception cref="IOException">It cannot be read, or is longer than any secret.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static string Read(string path)
    {
        var bytes = new byte[Longest + 1];
        var length = OperatorFile.Read(path, bytes);
        if (length > Longest) throw new IOException($"It is longer than {Longest} bytes : '{path}'");

        return Encoding.UTF8.GetString(bytes, 0, length).TrimStart('\uFEFF').Trim();
    }
}
