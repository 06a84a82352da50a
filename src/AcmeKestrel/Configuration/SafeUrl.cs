using System.Net;

namespace AcmeKestrel.Configuration;

/// <summary>A URL that may be sent what nobody else is to read: https, or http that does not leave this machine.</summary>
internal static class SafeUrl
{
    /// <summary>Null: it is none. The text may hold a token, and is quoted nowhere.</summary>
    /// <param name="refuse">Is told why.</param>
    /// <param name="users">What is to be said of a user or a password in it.</param>
    /// <param name="plain">What is to be said of http elsewhere.</param>
    public static Uri? Read(string said, Action<string> refuse, string users = ", which would stand in logs", string plain = "")
    {
        if (!Uri.TryCreate(said, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.Host.Length == 0) refuse("is no https URL.");
        else if (url.UserInfo.Length > 0) refuse($"has a user or a password in it{users}.");
        else if (url.Scheme == Uri.UriSchemeHttp && !IsLoopback(url)) refuse($"is http, and only a loopback address may be{plain}.");
        else return url;

        return null;
    }

    /// <summary>By its address alone: a name may lead anywhere, <c>localhost</c> aside (RFC 6761).</summary>
    public static bool IsLoopback(Uri url) => url.Host is "localhost" || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
