using System.Buffers.Text;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>Base64url as RFC 8555 section 6.1 wants it: no padding, no blanks, one spelling for each value.</summary>
internal static class StrictBase64Url
{
    public static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    public static byte[] Decode(string text, string what)
    {
        try
        {
            var bytes = Base64Url.DecodeFromChars(text);
            // The platform's decoder takes padding and blanks in silence; encoding again finds them.
            if (Encode(bytes) == text) return bytes;
        }
        catch (FormatException)
        {
            // Refused below, like the other spellings.
        }

        throw new RefusalException(Problem.Malformed($"{what} is not base64url without padding."));
    }
}
