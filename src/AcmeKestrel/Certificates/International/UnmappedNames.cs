using System.Globalization;
using System.Text;

namespace AcmeKestrel.Certificates.International;

/// <summary>
/// Internationalised names on a runtime that maps none (InvariantGlobalization: Alpine, chiseled images, many native executables). There <see cref="IdnMapping"/> only encodes, so a capital or decomposed
/// letter would silently name another domain. Taken are the letters that the full mapping (UTS 46) leaves as they are, and their capitals; for all others the A-label must be written.
/// </summary>
internal static class UnmappedNames
{
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    /// <summary>Letters of one code unit that stand for themselves; whatever has a mapping of its own among them is in <see cref="Mapped"/>.</summary>
    private static readonly (char From, char To)[] Letters =
    [
        ('\u00DF', '\u00F6'), ('\u00F8', '\u00FF'), ('\u0101', '\u017E'), // Latin
        ('\u03AC', '\u03CE'), ('\u0430', '\u045F'), // Greek, Cyrillic
        ('\u3041', '\u3096'), ('\u30A1', '\u30FA'), ('\u30FC', '\u30FC'), // Kana
        ('\u4E00', '\u9FEF'), ('\uAC00', '\uD7A3'), // Han, Hangul
    ];

    /// <summary>The blocks whose capitals have one small letter each.</summary>
    private static readonly (char From, char To)[] Capitals = [('\u00C0', '\u00DE'), ('\u0100', '\u017D'), ('\u0386', '\u03AB'), ('\u0400', '\u042F')];

    private static readonly char[] Mapped = ['\u0130', '\u0132', '\u0133', '\u013F', '\u0140', '\u0149'];

    /// <summary>Whether this runtime is one of them; asked of its behaviour, for the switch has many places.</summary>
    public static bool AreAllThereAre { get; } = !Gives("\u00D6", "xn--nda") || !Gives("u\u0308", "xn--tda");

    /// <summary>A-labels, or null where the name has something that would have to be mapped.</summary>
    /// <exception cref="ArgumentException">It is no name.</exception>
    public static string? ToAscii(string host)
    {
        // RFC 3490 section 3.1: what counts as a dot.
        var labels = host.Split('.', '\u3002', '\uFF0E', '\uFF61');
        for (var i = 0; i < labels.Length; i++)
        {
            if (Map(labels[i]) is not { } mapped) return null;
            labels[i] = Ascii.IsValid(mapped) ? mapped : Idn.GetAscii(mapped);
        }

        return string.Join('.', labels);
    }

    private static string? Map(string label)
    {
        var mapped = new StringBuilder(label.Length);
        foreach (var c in label)
        {
            var small = char.IsAscii(c) || IsIn(Capitals, c) ? char.ToLowerInvariant(c) : c;
            if (!char.IsAscii(c) && (Mapped.Contains(c) || Mapped.Contains(small) || !IsIn(Letters, small) || !char.IsLetter(small))) return null;
            mapped.Append(small);
        }

        return mapped.ToString();
    }

    private static bool IsIn((char From, char To)[] ranges, char c) => ranges.Any(range => c >= range.From && c <= range.To);

    private static bool Gives(string text, string expected)
    {
        try
        {
            return Idn.GetAscii(text) == expected;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
