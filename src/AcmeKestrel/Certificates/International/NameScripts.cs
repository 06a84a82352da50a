namespace AcmeKestrel.Certificates.International;

/// <summary>The scripts that names are written in, as far as they are shown (UTS 39 section 5.1, "highly restrictive"). A letter of none of them is not shown. Pure.</summary>
internal static class NameScripts
{
    private const string Latin = "Latin", Han = "Han", Hiragana = "Hiragana", Katakana = "Katakana", Hangul = "Hangul", Bopomofo = "Bopomofo", Common = "";

    private static readonly (char From, char To, string Script)[] Blocks =
    [
        ('-', '-', Common), ('0', '9', Common), ('a', 'z', Latin), ('\u00DF', '\u00F6', Latin), ('\u00F8', '\u024F', Latin), ('\u1E00', '\u1EFF', Latin),
        ('\u0370', '\u03FF', "Greek"), ('\u1F00', '\u1FFF', "Greek"), ('\u0400', '\u052F', "Cyrillic"), ('\u0561', '\u0587', "Armenian"), ('\u05B0', '\u05EA', "Hebrew"), ('\u0620', '\u06FF', "Arabic"),
        ('\u0900', '\u097F', "Devanagari"), ('\u0980', '\u09FF', "Bengali"), ('\u0A00', '\u0A7F', "Gurmukhi"), ('\u0A80', '\u0AFF', "Gujarati"), ('\u0B00', '\u0B7F', "Oriya"), ('\u0B80', '\u0BFF', "Tamil"),
        ('\u0C00', '\u0C7F', "Telugu"), ('\u0C80', '\u0CFF', "Kannada"), ('\u0D00', '\u0D7F', "Malayalam"), ('\u0D80', '\u0DFF', "Sinhala"), ('\u0E00', '\u0E7F', "Thai"), ('\u0E80', '\u0EFF', "Lao"),
        ('\u1000', '\u109F', "Myanmar"), ('\u10D0', '\u10FF', "Georgian"), ('\u1200', '\u137F', "Ethiopic"), ('\u1780', '\u17FF', "Khmer"),
        ('\u3005', '\u3007', Han), ('\u3400', '\u4DBF', Han), ('\u4E00', '\u9FFF', Han), ('\u3041', '\u309F', Hiragana), ('\u30A1', '\u30FF', Katakana), ('\u3105', '\u312F', Bopomofo), ('\uAC00', '\uD7A3', Hangul),
    ];

    /// <summary>Scripts that one text of Japanese, Korean or Chinese has side by side.</summary>
    private static readonly string[][] Together = [[Latin, Han, Hiragana, Katakana], [Latin, Han, Hangul], [Latin, Han, Bopomofo]];

    /// <summary>Letters of other scripts that cannot be told from Latin ones.</summary>
    private const string LatinTwins = "\u0430\u0441\u0501\u0435\u04BB\u0456\u0458\u04CF\u043E\u0440\u051B\u0455\u051D\u0445\u0443\u044C\u04BD\u043F\u0433\u0475\u0461\u03B1\u03B9\u03BA\u03BD\u03BF\u03C1\u03C5\u03C7";

    /// <summary>Written in one script, or in those that belong together.</summary>
    public static bool AreOne(string label)
    {
        var scripts = label.Select(ScriptOf).Distinct().Where(script => script != Common).ToList();
        return !scripts.Contains(null) && (scripts.Count <= 1 || Together.Any(together => scripts.TrueForAll(together.Contains)));
    }

    /// <summary>All its letters could be Latin ones, and none is.</summary>
    public static bool LooksLatin(string label) => label.All(c => LatinTwins.Contains(c) || ScriptOf(c) == Common) && label.Any(c => LatinTwins.Contains(c));

    /// <summary>Null: none of those.</summary>
    private static string? ScriptOf(char c) => Array.Find(Blocks, block => c >= block.From && c <= block.To).Script;
}
