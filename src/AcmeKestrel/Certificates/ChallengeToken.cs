using System.Buffers;

namespace AcmeKestrel.Certificates;

/// <summary>The grammar of a token (RFC 8555 section 8): base64url characters only. Whoever takes one from a CA, or looks one up, checks it first.</summary>
internal static class ChallengeToken
{
    /// <summary>Tokens seen in the field have 22 to 86 characters; no store is asked for more than this.</summary>
    public const int MaxLength = 256;

    private static readonly SearchValues<char> Alphabet = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public static bool IsWellFormed(ReadOnlySpan<char> token) => token.Length is > 0 and <= MaxLength && !token.ContainsAnyExcept(Alphabet);
}
