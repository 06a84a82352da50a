using System.Globalization;
using System.Text;

namespace AcmeKestrel.Certificates.International;

/// <summary>Why an internationalised name is none, as far as a person can be told; the runtime's mapping says only that it is not. Pure.</summary>
internal static class InternationalFault
{
    /// <summary>An A-label has 63 characters; "xn--" and what tells where its letters stand are among them.</summary>
    private const int MaybeTooLong = 20;

    /// <summary>The rest of a sentence that begins with the name.</summary>
    public static string Of(string host)
    {
        var labels = (host.EndsWith('.') ? host[..^1] : host).Split('.', '\u3002', '\uFF0E', '\uFF61');
        return $"is no valid internationalised name{labels.Select(InLabel).FirstOrDefault(fault => fault is not null)}.";
    }

    private static string? InLabel(string label) => label switch
    {
        "" => ": it has an empty label",
        _ when label.StartsWith("xn--", StringComparison.OrdinalIgnoreCase) && Ascii.IsValid(label) => IsAsUsual(label) ? null : ": a label that begins with 'xn--' stands for no text",
        _ when Ascii.IsValid(label) => null,
        _ when label.Length > 3 && label[2..4] == "--" => ": a label has hyphens in the third and fourth place, as only A-labels have (RFC 5891 section 4.2.3.1)",
        _ when label[0] == '-' || label[^1] == '-' => ": a label begins or ends with a hyphen",
        _ when label.EnumerateRunes().Any(rune => !IsOfNames(rune)) => ": it has a character that no host name has",
        _ when Rune.GetUnicodeCategory(label.EnumerateRunes().First()) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => ": a label begins with a mark that belongs to the letter before it",
        _ when label.Length > MaybeTooLong => ": a label is longer than 63 characters as an A-label",
        _ => null,
    };

    private static bool IsAsUsual(string label)
    {
        try
        {
            var idn = new IdnMapping { UseStd3AsciiRules = true };
            var lower = label.ToLowerInvariant();
            return idn.GetAscii(idn.GetUnicode(lower)) == lower;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Symbols among them: names with emoji are there, and CAs certify them.</summary>
    private static bool IsOfNames(Rune rune) => rune.Value == '-' || (Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) && !(rune.IsAscii && !Rune.IsLetterOrDigit(rune)) && rune != Rune.ReplacementChar);
}
