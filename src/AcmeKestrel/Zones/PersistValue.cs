using System.Globalization;

namespace AcmeKestrel.Zones;

/// <summary>The text of a record of dns-persist-01, read as strictly as CAs do: by the syntax of RFC 8659 section 4.2, each parameter once, nothing behind the last one. Unknown parameters count for nothing.</summary>
/// <param name="Issuer">Empty: it names no CA.</param>
/// <param name="Fault">Why the rest cannot be read; null: it can.</param>
internal sealed record PersistValue(string Issuer, string? Fault)
{
    public string? AccountUri { get; private init; }

    public bool IsForWildcard { get; private init; }

    /// <summary>Seconds since 1970: it counts for nothing afterwards; null: it has no end.</summary>
    public long? Until { get; private init; }

    public static PersistValue Parse(string text)
    {
        var parts = text.Split(';');
        var value = new PersistValue(Trim(parts[0]), null);
        var tags = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in parts.Skip(1))
        {
            if (Trim(part).Length == 0) return value with { Fault = "a parameter is empty, or a semicolon is its end" };
            if (Trim(part).Split('=', 2) is not [var tag, var said] || Trim(tag).Length == 0) return value with { Fault = $"'{Trim(part)}' is no tag=value" };

            (tag, said) = (Trim(tag), Trim(said));
            if (!tags.Add(tag)) return value with { Fault = $"{tag} is there twice" };
            if (said.Any(letter => letter is < '!' or > '~')) return value with { Fault = $"the value of {tag} has letters that none may have" };

            switch (tag.ToLowerInvariant())
            {
                case "accounturi":
                    value = value with { AccountUri = said };
                    break;

                case "policy":
                    value = value with { IsForWildcard = said.Equals("wildcard", StringComparison.OrdinalIgnoreCase) };
                    break;

                case "persistuntil":
                    if (!long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var until)) return value with { Fault = $"{tag} is no number of seconds since 1970" };
                    value = value with { Until = until };
                    break;
            }
        }

        return string.IsNullOrEmpty(value.AccountUri) ? value with { Fault = "it has no accounturi" } : value;
    }

    private static string Trim(string text) => text.Trim(' ', '\t');
}
