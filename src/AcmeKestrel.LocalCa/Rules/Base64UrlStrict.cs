using System.Buffers.Text;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>base64url as RFC 8555 section 6.1 wants it: no padding, no blanks. The platform's decoder takes both.</summary>
internal static class Base64UrlStrict
{
    public static byte[] Decode(string? text, string member)
    {
        if (text is null || text.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))) throw CaProblem.Malformed($"'{member}' is no base64url without padding");

        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            throw CaProblem.Malformed($"'{member}' is no base64url");
        }
    }

    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);
}
