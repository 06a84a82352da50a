using AcmeKestrel.Certificates;

namespace AcmeKestrel.Protocol.Messages;

/// <summary>
/// URLs as a CA wrote them. They are checked but never rewritten, because the <c>url</c> and <c>kid</c> of a request must equal the server's string
/// (RFC 8555 section 6.4) and <see cref="Uri"/> would drop <c>:443</c> and tidy paths.
/// </summary>
internal static class AcmeUrl
{
    public static bool IsHttps(string? url) => HttpsUrl.TryParse(url, out _);

    /// <summary>The URL itself where it is absolute and https; loopback is no exception.</summary>
    public static string Require(string? url, string what)
    {
        if (IsHttps(url)) return url!;

        throw new AcmeException(AcmeFault.Protocol, url is null ? $"The CA sent no {what}." : $"The CA's {what} is no https URL: {PlainText.Of(Show(url), 200)}");
    }

    /// <summary>For the wire: path and query go out byte by byte as they were signed; an empty path is a slash there (RFC 9112 section 3.2.1).</summary>
    public static Uri ToUri(string url)
    {
        if (!HttpsUrl.TryParse(url, out var uri)) throw new AcmeException(AcmeFault.Protocol, $"Only https URLs are requested, not {PlainText.Of(Show(url), 200)}");
        if (uri!.PathAndQuery is ['/', ..]) return uri;

        return new Uri(url.Insert(HttpsUrl.Scheme.Length + HttpsUrl.AuthorityOf(url).Length, "/"), new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    /// <summary>A <c>Location</c> or link target, which may be relative to the request (RFC 3986 section 5.2).</summary>
    public static string? Resolve(string requestUrl, string? reference)
    {
        if (string.IsNullOrEmpty(reference) || !HttpsUrl.HasItsCharacters(reference)) return null;
        if (IsHttps(reference)) return reference;
        if (reference.StartsWith("//", StringComparison.Ordinal)) return "https:" + reference;

        // Keeps the authority as the server wrote it, port and all.
        if (reference[0] == '/') return string.Concat(HttpsUrl.Scheme, HttpsUrl.AuthorityOf(requestUrl), reference);

        return Uri.TryCreate(new Uri(requestUrl), reference, out var resolved) ? resolved.AbsoluteUri : null;
    }

    /// <summary>Host and path for messages; queries may carry capabilities.</summary>
    public static string Show(string url)
    {
        var query = url.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? url : url[..query];
    }
}
