namespace AcmeKestrel.Certificates;

/// <summary>A CA's words, be they JSON or a name in a certificate, made safe for a log line and a terminal.</summary>
internal static class PlainText
{
    public static string Of(string text, int maxLength)
    {
        // Half a character at the cut would be no text, which strict encoders refuse.
        if (text.Length > maxLength && char.IsHighSurrogate(text[maxLength - 1])) maxLength--;
        var kept = text.Length <= maxLength ? text : string.Concat(text.AsSpan(0, maxLength), "...");
        return kept.Any(IsUnsafe) ? string.Create(kept.Length, kept, static (to, from) =>
        {
            for (var i = 0; i < to.Length; i++) to[i] = IsUnsafe(from[i]) ? ' ' : from[i];
        }) : kept;
    }

    /// <summary>Control characters, and the formatting ones that turn the reading direction.</summary>
    public static bool IsUnsafe(char c) => char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
