using System.Globalization;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Configuration;

/// <summary>Reads a provider's limits: the name of known ones, single ones (<c>orders=300/3h</c>, <c>set=none</c>), or both, separated by commas. Pure.</summary>
internal static class LimitsReader
{
    private static readonly Dictionary<string, Func<ProviderLimits, RateLimit?, ProviderLimits>> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["accounts"] = (limits, limit) => limits with { NewAccounts = limit },
        ["orders"] = (limits, limit) => limits with { NewOrdersPerAccount = limit },
        ["failed"] = (limits, limit) => limits with { FailedAuthorizationsPerIdentifier = limit },
        ["domain"] = (limits, limit) => limits with { CertificatesPerRegisteredDomain = limit },
        ["set"] = (limits, limit) => limits with { CertificatesPerExactSet = limit },
        ["first"] = (limits, limit) => limits with { FirstOrders = limit },
    };

    /// <param name="own">What holds where the text names no other.</param>
    /// <param name="error">What is wrong, as the rest of a sentence about the key; null: nothing.</param>
    public static ProviderLimits Read(string text, ProviderLimits own, out string? error)
    {
        var limits = own;
        error = null;
        foreach (var (index, part) in text.Split(',', StringSplitOptions.TrimEntries).Index())
        {
            if (part.Split('=', StringSplitOptions.TrimEntries) is not [var word, var value])
            {
                if (index == 0 && BuiltInProviders.Limits.TryGetValue(part, out var named)) limits = named;
                else error ??= $"'{part}' is none of {string.Join(", ", BuiltInProviders.Limits.Keys.Order(StringComparer.Ordinal))}, and no limit such as orders=300/3h.";
                continue;
            }

            if (!Words.TryGetValue(word, out var set)) error ??= $"'{word}' is no limit; known are {string.Join(", ", Words.Keys)}.";
            else if (value.Equals("none", StringComparison.OrdinalIgnoreCase)) limits = set(limits, null);
            else if (TryRead(value, out var limit)) limits = set(limits, limit);
            else error ??= $"'{value}' is no limit: write 300/3h for 300 in three hours (s, m, h or d), or none.";
        }

        return limits;
    }

    /// <summary>A single one, such as <c>300/3h</c>.</summary>
    public static bool TryRead(string text, out RateLimit? limit)
    {
        limit = null;
        if (text.Split('/', StringSplitOptions.TrimEntries) is not [var count, [.. var number, var unit]]) return false;
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var tokens) || tokens is < 1 or > 1_000_000) return false;
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var times) || times < 1) return false;

        TimeSpan? one = char.ToLowerInvariant(unit) switch
        {
            's' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMinutes(1),
            'h' => TimeSpan.FromHours(1),
            'd' => TimeSpan.FromDays(1),
            _ => null,
        };

        // Beyond a year no CA counts, and the ledger would keep it all.
        if (one is not { } size || times > TimeSpan.FromDays(366) / size) return false;

        limit = new RateLimit(tokens, times * size);
        return true;
    }
}
