using System.Buffers;

namespace AcmeKestrel.Serving.Hellos;

/// <summary>What a client calls the server (RFC 6066 section 3), whichever way it came: whoever is asked for it, and the log, can rely on its characters.</summary>
internal static class ServerName
{
    private const int MaxLength = 253;

    private static readonly SearchValues<char> Characters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._");

    /// <summary>Without the dot of the root. Null: it is no host name, and counts as none; so does one that has a dot at its end all the same, for it would be another name here and the same one elsewhere.</summary>
    public static string? Read(string sent)
    {
        var name = sent.EndsWith('.') ? sent.AsSpan(0, sent.Length - 1) : sent;
        if (name.Length is 0 or > MaxLength || name[^1] == '.' || name.ContainsAnyExcept(Characters)) return null;
        return name.Length == sent.Length ? sent : name.ToString();
    }
}
