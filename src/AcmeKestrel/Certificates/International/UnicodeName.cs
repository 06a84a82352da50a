using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AcmeKestrel.Certificates.International;

/// <summary>What the A-labels of a name stand for, to be shown beside them and never in their place: names that are others may look alike. Pure.</summary>
internal static partial class UnicodeName
{
    private const string Prefix = "xn--";

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    /// <summary>Where the text is a name in A-labels that can be shown: with its Unicode form in parentheses.</summary>
    public static string Beside(string text) => Of(text) is { } unicode ? $"{text} ({unicode})" : text;

    /// <summary>A sentence with that beside each name in it. Names within something longer (a path, a URL, a generation) are part of what may be copied, and stay.</summary>
    public static string BesideEach(string sentence) => sentence.Contains(Prefix, StringComparison.Ordinal) ? Names().Replace(sentence, name => Beside(name.Value)) : sentence;

    /// <summary>The Unicode form of a name; null where it is the same, or not safe to show (UTS 39: letters of several scripts in one label, look-alikes of Latin ones, signs that are no letters).</summary>
    /// <param name="name">In its canonical form; others have none.</param>
    public static string? Of(string name)
    {
        if (!name.Contains(Prefix, StringComparison.Ordinal) || !IsCanonical(name)) return null;

        var labels = name.Split('.');
        for (var i = 0; i < labels.Length; i++)
        {
            if (!labels[i].StartsWith(Prefix, StringComparison.Ordinal)) continue;
            if (Decode(labels[i]) is not { } text || !IsPlain(text)) return null;

            labels[i] = text;
        }

        return string.Join('.', labels) is var unicode && unicode != name ? unicode : null;
    }

    /// <summary>Labels before it that begin with an underscore are DNS's, and no host's.</summary>
    private static bool IsCanonical(string name)
    {
        var host = name;
        while (host.StartsWith('_') && host.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot) host = host[(dot + 1)..];
        return AcmeIdentifier.TryParse(host, out var identifier, out _) && identifier.Value == host;
    }

    /// <summary>RFC 5893 section 2, the part of it that needs no table of all characters: a label that has a letter written from right to left begins with one and has none of the other direction. .NET judges that on some runtimes only.</summary>
    public static bool MixesDirections(string name) => name.Contains(Prefix, StringComparison.Ordinal)
        && name.Split('.').Any(label => label.StartsWith(Prefix, StringComparison.Ordinal) && Decode(label) is { } text && MixesDirectionsIn(text));

    private static bool MixesDirectionsIn(string label)
    {
        var runes = label.EnumerateRunes().ToList();
        return runes.Exists(IsRightToLeft) && (!IsRightToLeft(runes[0]) || runes.Exists(rune => Rune.IsLetter(rune) && !IsRightToLeft(rune)));
    }

    /// <summary>Null: it is no A-label, or one that another spelling of it would be.</summary>
    private static string? Decode(string label)
    {
        try
        {
            var text = Idn.GetUnicode(label);
            return Idn.GetAscii(text) == label ? text : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool IsPlain(string label) => label.EnumerateRunes().All(IsOfWords) && NameScripts.AreOne(label) && !NameScripts.LooksLatin(label);

    /// <summary>What no mapping would change, and no reader overlooks.</summary>
    private static bool IsOfWords(Rune rune) => rune.Value == '-' || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber;

    [GeneratedRegex("""(?<=^|[\s('",;\[])(?=[a-z0-9*._-]*xn--)[a-z0-9*._-]*[a-z0-9](?=$|[\s)'",;\]]|[.:](?:$|[\s)'",;\]]))(?! \()""")]
    private static partial Regex Names();

    /// <summary>The blocks of scripts that are written so, Hebrew and Arabic among them.</summary>
    private static bool IsRightToLeft(Rune rune) =>
        rune.Value is (>= 0x0590 and <= 0x08FF) or (>= 0xFB1D and <= 0xFDFF) or (>= 0xFE70 and <= 0xFEFF) or (>= 0x10800 and <= 0x10FFF) or (>= 0x1E800 and <= 0x1EFFF)
        && Rune.IsLetter(rune);
}
