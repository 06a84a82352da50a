using System.Globalization;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Zones;

/// <summary>Whether TXT records at a name prove it by dns-persist-01 (draft-ietf-acme-dns-persist section 4.2). Pure.</summary>
internal static class PersistRule
{
    private const int MostTold = 3;

    /// <summary>Null: one of them does. Else why none does, as the rest of a sentence.</summary>
    public static string? WhyNot(IReadOnlyList<string> texts, PersistRecord wanted, DateTimeOffset now)
    {
        if (texts.Count == 0) return $"there is no TXT record at {wanted.Name}";

        var values = texts.Select(PersistValue.Parse).ToList();
        var ours = values.Where(value => IsOurs(value, wanted)).ToList();
        if (ours.Count == 0)
        {
            var named = values.Select(value => PlainText.Of(value.Issuer, 60)).Distinct(StringComparer.Ordinal).Take(MostTold);
            return $"the TXT record at {wanted.Name} is for {string.Join(", ", named)}, and this CA is {string.Join(" or ", wanted.Issuers.Take(MostTold))}";
        }

        var faults = ours.Select(value => FaultOf(value, wanted, now)).ToList();
        return faults.Contains(null) ? null : $"the TXT record at {wanted.Name} {string.Join(", another one ", faults.Distinct(StringComparer.Ordinal).Take(MostTold))}";
    }

    private static bool IsOurs(PersistValue value, PersistRecord wanted) => wanted.Issuers.Contains(value.Issuer) || (!wanted.IsCertain && value.AccountUri is { } account && wanted.AccountUris.Contains(account));

    private static string? FaultOf(PersistValue value, PersistRecord wanted, DateTimeOffset now)
    {
        if (value.Fault is { } fault) return $"cannot be read: {PlainText.Of(fault, 100)}";
        if (!wanted.AccountUris.Contains(value.AccountUri!)) return $"is for the account {PlainText.Of(value.AccountUri!, 200)}, and this one is {wanted.AccountUris[0]}";
        if (wanted.IsForWildcard && !value.IsForWildcard) return "does not say policy=wildcard, which *." + wanted.Domain + " needs";
        return value.Until < now.ToUnixTimeSeconds() ? $"has ended ({EndOf(value.Until.Value)}persistUntil={value.Until.Value.ToString(CultureInfo.InvariantCulture)})" : null;
    }

    private static string EndOf(long seconds) =>
        seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? $"{DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("u", CultureInfo.InvariantCulture)}, " : "";
}
