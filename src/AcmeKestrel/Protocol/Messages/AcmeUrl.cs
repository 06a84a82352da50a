using System.Buffers;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Protocol.Messages;

/// <summary>
/// URLs as a CA wrote them. They are checked but never rewritten, because the <c>url</c> and <c>kid</c> of a request must equal the server's string
/// (RFC 8555 section 6.4) and <see cref="Uri"/> would drop <c>:443</c> and tidy paths.
/// </summary>
internal static class AcmeUrl
{
    private const int MaxLength = 2048;
    private const string Https = "https://";

    /// <summary>What RFC 3986 allows outside a fragment; no control character can reach the request line.</summary>
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?[]@!$&'()*+,;=%");

    public static bool IsHttps(string? url) => TryParse(url, out _);

    /// <summary>The URL itself where it is absolute and https; loopback is no exception.</summary>
    public static string Require(string? url, string what)
    {
        if (IsHttps(url)) return url!;

        throw new AcmeException(AcmeFault.Protocol, url is null ? $"The CA sent no {what}." : $"The CA's {what} is no https URL: {PlainText.Of(Show(url), 200)}");
    }

    /// <summary>For the wire: path and query go out byte by byte as they were signed; an empty path is a slash there (RFC 9112 section 3.2.1).</summary>
    public static Uri ToUri(string url)
    {
        if (!TryParse(url, out var uri)) throw new AcmeException(AcmeFault.Protocol, $"Only https URLs are requested, not {PlainText.Of(Show(url), 200)}");
        if (uri!.PathAndQuery is ['/', ..]) return uri;

        return new Uri(url.Insert(Https.Length + AuthorityOf(url).Length, "/"), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    /// <summary>A <c>Location</c> or link target, which may be relative to the request (RFC 3986 section 5.2).</summary>
    public static string? Resolve(string requestUrl, string? reference)
    {
        if (string.IsNullOrEmpty(reference) || reference.AsSpan().ContainsAnyExcept(Allowed)) return null;
        if (IsHttps(reference)) return reference;
        if (reference.StartsWith("//", StringComparison.Ordinal)) return "https:" + reference;

        // Keeps the authority as the server wrote it, port and all.
        if (reference[0] == '/') return string.Concat(Https, AuthorityOf(requestUrl), reference);

        return Uri.TryCreate(new Uri(requestUrl), reference, out var resolved) ? resolved.AbsoluteUri : null;
    }

    /// <summary>Host and path for messages; queries may carry capabilities.</summary>
    public static string Show(string url)
    {
        var query = url.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? url : url[..query];
    }

    private static bool TryParse(string? url, out Uri? uri)
    {
        uri = null;
        return url is { Length: > 8 and <= MaxLength }
            && url.StartsWith(Https, StringComparison.OrdinalIgnoreCase)
            && !url.AsSpan().ContainsAnyExcept(Allowed)
            && Uri.TryCreate(url, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }, out uri)
            && uri.Scheme == Uri.UriSchemeHttps
            && uri.Host.Length > 0
            && IsHostAndPort(AuthorityOf(url));
    }

    /// <summary>RFC 3986 section 3.2: it ends where the path or the query begins.</summary>
    private static ReadOnlySpan<char> AuthorityOf(string url)
    {
        var rest = url.AsSpan(Https.Length);
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
