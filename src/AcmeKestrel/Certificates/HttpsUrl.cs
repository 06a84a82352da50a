using System.Buffers;

namespace AcmeKestrel.Certificates;

/// <summary>A URL that ACME may be spoken with: absolute, https, and in RFC 3986's own characters, so that it is sent as it is written.</summary>
internal static class HttpsUrl
{
    public const string Scheme = "https://";

    public const int Longest = 2048;

    /// <summary>What RFC 3986 allows outside a fragment; no control character can reach the request line.</summary>
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?[]@!$&'()*+,;=%");

    public static bool HasItsCharacters(string text) => !text.AsSpan().ContainsAnyExcept(Allowed);

    public static bool TryParse(string? url, out Uri? uri)
    {
        uri = null;
        return url is { Length: > 8 and <= Longest }
            && url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && HasItsCharacters(url)
            && Uri.TryCreate(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }, out uri)
            && uri.Scheme == Uri.UriSchemeHttps
            && uri.Host.Length > 0
            && IsHostAndPort(AuthorityOf(url));
    }

    /// <summary>RFC 3986 section 3.2: it ends where the path or the query begins.</summary>
    public static ReadOnlySpan<char> AuthorityOf(string url)
    {
        var rest = url.AsSpan(Scheme.Length);
        var end = rest.IndexOfAny('/', '?');
        return end < 0 ? rest : rest[..end];
    }

    /// <summary>
    /// No user, not even an empty one; an IPv6 address is whole (the platform takes a slash and a length in its brackets) and only a port follows it (the platform takes anything
    /// else there for the beginning of the path).
    /// </summary>
    private static bool IsHostAndPort(ReadOnlySpan<char> authority)
    {
        var bracket = authority.IndexOf(']');
        return !authority.Contains('@') && authority.Contains('[') == (bracket >= 0) && (bracket < 0 || authority[(bracket + 1)..] is [] or [':', ..]);
    }
}
