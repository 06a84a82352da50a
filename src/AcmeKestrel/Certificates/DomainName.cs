using System.Buffers;
using System.Globalization;
using System.Text;
using AcmeKestrel.Certificates.International;

namespace AcmeKestrel.Certificates;

/// <summary>The canonical text of host names (RFC 8555 section 7.1.3): A-labels, lower case, no trailing dot, a wildcard only as the whole left-most label.</summary>
internal static class DomainName
{
    private const int MaxNameLength = 253;
    private const int MaxLabelLength = 63;

    /// <summary>No name of 253 characters is longer in any other script.</summary>
    private const int MaxTextLength = 1000;

    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    /// <summary>Null where <paramref name="canonical"/> holds the name, else what is wrong.</summary>
    public static string? TryCanonicalise(string text, out string canonical)
    {
        canonical = "";
        if (text.Length == 0) return "is empty.";
        if (text.Length > MaxTextLength) return TooLong;

        // IdnMapping knows no wildcards under the STD3 rules.
        var wildcard = text.StartsWith("*.", StringComparison.Ordinal) ? "*." : "";
        var host = text[wildcard.Length..];
        if (host.Contains('*')) return "has a '*' that is not the whole left-most label.";

        if (ToAscii(host) is not { } ascii)
        {
            return UnmappedNames.AreAllThereAre && !Ascii.IsValid(host)
                ? "cannot be mapped to a host name here, because this app runs with InvariantGlobalization: write its A-label, which begins with 'xn--'."
                : InternationalFault.Of(host);
        }

        if (ascii.EndsWith('.')) ascii = ascii[..^1];
        if (wildcard.Length + ascii.Length > MaxNameLength) return TooLong;
        if (FindBadLabel(ascii) is { } fault) return fault;
        if (UnicodeName.MixesDirections(ascii)) return "has a label with letters of both writing directions, which no host name has (RFC 5893 section 2).";

        canonical = wildcard + ascii;
        return null;
    }

    /// <summary>The wildcard that stands for a canonical name: exactly one label is under it (RFC 6125 section 6.4.3). Null: none can.</summary>
    public static string? WildcardAbove(string name) =>
        !IsWildcard(name) && !name.Contains(':') && name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? string.Concat("*", name.AsSpan(dot)) : null;

    public static bool IsWildcard(string name) => name.StartsWith("*.", StringComparison.Ordinal);

    private static string TooLong => $"is longer than {MaxNameLength} characters.";

    /// <summary>A-labels in lower case, or null. Plain ASCII is judged label by label, for the better message.</summary>
    private static string? ToAscii(string host)
    {
        try
        {
            var lower = Ascii.IsValid(host) ? host.ToLowerInvariant()
                : UnmappedNames.AreAllThereAre ? UnmappedNames.ToAscii(host)
                : Idn.GetAscii(host).ToLowerInvariant();
            if (lower is null) return null;

            // What was just mapped, too: "Xc--ü" has an A-label that says it is none (RFC 5891 section 4.2.3.1).
            var hasALabel = lower.StartsWith("xn--", StringComparison.Ordinal) || lower.Contains(".xn--", StringComparison.Ordinal);
            return !hasALabel || Idn.GetAscii(Idn.GetUnicode(lower)) == lower ? lower : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static string? FindBadLabel(string ascii)
    {
        var labels = ascii.Split('.');
        foreach (var label in labels)
        {
            if (label.Length == 0) return "has an empty label.";
            if (label.Length > MaxLabelLength) return $"has a label longer than {MaxLabelLength} characters.";
            if (label.Contains('_')) return "has an underscore, which no CA certifies.";
            if (label.AsSpan().ContainsAnyExcept(LabelCharacters)) return "has a character that no host name has.";
            if (label[0] == '-' || label[^1] == '-') return "has a label that begins or ends with a hyphen.";
        }

        // Mapping may have made digits out of other scripts' digits.
        return labels[^1].AsSpan().ContainsAnyExceptInRange('0', '9') ? null : "ends in a number, as only addresses do.";
    }
}
