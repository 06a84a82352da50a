using System.Buffers;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Configuration;

/// <summary>Mail addresses that a CA can be told as one contact: RFC 8555 section 7.3 wants one address and no header fields.</summary>
internal static class MailAddress
{
    private const int Longest = 254;

    private static readonly SearchValues<char> NotInMail = SearchValues.Create("@,;:<>()?\\\" ");

    public static bool IsOne(string text) =>
        text.LastIndexOf('@') is > 0 and var at && text.Length <= Longest && !text.AsSpan(0, at).ContainsAny(NotInMail) && text.All(character => character is > ' ' and < '\x7f')
        && AcmeIdentifier.TryParse(text[(at + 1)..], out var domain, out _) && domain is { Type: AcmeIdentifierType.Dns, IsWildcard: false };
}
