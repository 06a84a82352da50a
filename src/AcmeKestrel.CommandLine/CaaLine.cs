using System.Buffers;

namespace AcmeKestrel.CommandLine;

/// <summary>The line of a DNS zone that lets this account of this CA issue for it, and no other one (RFC 8659, RFC 8657 section 3). Pure.</summary>
internal static class CaaLine
{
    private const int LongestIdentity = 253;

    private static readonly SearchValues<char> InDomain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");

    /// <param name="identities">Of the CA's directory: any of them will do (RFC 8555 section 7.1.1).</param>
    /// <param name="problem">Why there is no such line.</param>
    public static string? Of(IReadOnlyList<string> identities, string? accountUrl, out string? problem)
    {
        problem = null;
        if (accountUrl is null) problem = "the account is not registered yet";
        else if (!accountUrl.All(IsParameter)) problem = "the account's URL has characters that cannot stand in such a line";
        else if (identities.FirstOrDefault(IsDomain) is not { } identity) problem = $"the CA does not say by which name such records call it (caaIdentities); its account is accounturi={accountUrl}";
        else return $"@ IN CAA 0 issue \"{identity}; accounturi={accountUrl}\"";
        return null;
    }

    private static bool IsDomain(string text) => text.Length is > 0 and <= LongestIdentity && !text.AsSpan().ContainsAnyExcept(InDomain);

    /// <summary>RFC 8659 section 4.2: visible letters but the semicolon; in a zone file also neither quote nor backslash.</summary>
    private static bool IsParameter(char letter) => letter is > ' ' and < '\x7f' and not (';' or '"' or '\\');
}
