using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Collections;

namespace AcmeKestrel.Configuration;

/// <summary>Turns the text of single options into values; what it cannot read becomes a problem under its key. Empty text means that nothing was said, as an emptied environment variable does.</summary>
internal sealed class ValueReader(ProblemList problems)
{
    /// <summary>Between the names of one text.</summary>
    public static readonly char[] Separators = [' ', ',', '\t', '\r', '\n'];

    public static string? Text(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    /// <summary>Of a user or a group, as far as text tells.</summary>
    public static bool IsAccountName(string text) => !text.Any(character => character is ':' or '/' || char.IsWhiteSpace(character) || char.IsControl(character));

    public bool? Flag(string key, string? text)
    {
        if (Text(text) is not { } said) return null;
        if (bool.TryParse(said, out var value)) return value;

        problems.Add(key, $"'{said}' is neither true nor false.");
        return null;
    }

    public T? Choice<T>(string key, string? text)
        where T : struct, Enum
    {
        if (Text(text) is not { } said) return null;
        if (ChoiceOf<T>(said) is { } value) return value;

        problems.Add(key, $"'{said}' is none of {string.Join(", ", Enum.GetNames<T>())}.");
        return null;
    }

    /// <summary>Enum.Parse alone also takes numbers and lists.</summary>
    public static T? ChoiceOf<T>(string said)
        where T : struct, Enum =>
        Enum.GetNames<T>().FirstOrDefault(name => name.Equals(said, StringComparison.OrdinalIgnoreCase)) is { } known ? Enum.Parse<T>(known) : null;

    public double? Fraction(string key, string? text)
    {
        if (Text(text) is not { } said) return null;
        if (double.TryParse(said, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is >= 0.1 and <= 0.95) return value;

        problems.Add(key, $"'{said}' is no number from 0.1 to 0.95.");
        return null;
    }

    public int? Count(string key, string? text, int least, int most)
    {
        if (Text(text) is not { } said) return null;
        if (int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most) return value;

        problems.Add(key, $"'{said}' is no whole number from {least} to {most}.");
        return null;
    }

    /// <summary>From nothing to so many days.</summary>
    public TimeSpan? Duration(string key, string? text, int longestDays) => Duration(key, text, TimeSpan.FromDays(longestDays), $"{longestDays} days, as 1.00:00:00 for a day");

    /// <summary>From nothing to so long.</summary>
    public TimeSpan? Duration(string key, string? text, TimeSpan longest) => Duration(key, text, longest, $"{longest:c}, as 00:05:00 for five minutes");

    private TimeSpan? Duration(string key, string? text, TimeSpan longest, string told)
    {
        if (Text(text) is not { } said) return null;
        if (TimeSpan.TryParseExact(said, "c", CultureInfo.InvariantCulture, out var value) && value >= TimeSpan.Zero && value <= longest && said.Contains(':')) return value;

        problems.Add(key, $"'{said}' is no duration of at most {told}.");
        return null;
    }

    public string? Mail(string key, string? text)
    {
        if (Text(text) is not { } said) return null;
        if (MailAddress.IsOne(said)) return said;

        problems.Add(key, $"'{said}' is no mail address.");
        return null;
    }

    /// <summary>Of a directory: what the protocol would refuse is found at the start.</summary>
    public string? DirectoryUrl(string key, string? text)
    {
        if (Text(text) is not { } said) return null;

        if (!Uri.TryCreate(said, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.UserInfo.Length > 0 || url.Fragment.Length > 0)
        {
            problems.Add(key, "is no https URL.");
            return null;
        }

        if (HttpsUrl.TryParse(said, out _)) return said;

        if (url.Scheme == Uri.UriSchemeHttp) problems.Add(key, $"'{said}' is http; ACME directories are https only (RFC 8555 section 6.1), on loopback too.");
        else if (said.Length > HttpsUrl.Longest) problems.Add(key, $"is longer than {HttpsUrl.Longest} characters.");
        else if (!HttpsUrl.HasItsCharacters(said)) problems.Add(key, "is no https URL: there may be no character but those of a URL (RFC 3986); a blank is %20, and a name beyond ASCII is its xn-- form.");
        else problems.Add(key, "is no https URL.");
        return null;
    }

    public string? ProxyUrl(string key, string? text)
    {
        if (Text(text) is not { } said) return null;
        if (Uri.TryCreate(said, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0) return said;

        // The text may hold a password.
        problems.Add(key, "is no http or https URL.");
        return null;
    }

    /// <summary>Null: nothing is said.</summary>
    public SettingList<string>? Challenges(IEnumerable<(string Key, string Said)> items)
    {
        var types = new List<string>();
        foreach (var (key, said) in items)
        {
            if (ChallengeTypes.Find(said) is not { } known) problems.Add(key, $"'{said}' is none of {string.Join(", ", ChallengeTypes.Known)}.");
            else if (!types.Contains(known)) types.Add(known);
        }

        return types.Count > 0 ? [.. types] : null;
    }

    /// <summary>The names in one entry, without repetitions.</summary>
    public List<AcmeIdentifier> Names(string key, string text)
    {
        var words = text.Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) problems.Add(key, "holds no name.");

        var names = new List<AcmeIdentifier>();
        foreach (var word in words)
        {
            if (!AcmeIdentifier.TryParse(word, out var name, out var error)) problems.Add(key, error);
            else if (!names.Contains(name)) names.Add(name);
        }

        return names;
    }
}
