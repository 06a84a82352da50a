using System.Globalization;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>
/// How many names may become wishes on demand: so many in any span of the limit's length, and of one registered domain half of what the CA lets it have, so that strangers cannot use up what its owner needs.
/// Counted by the names' own records, so neither a restart nor a kill forgets any. Pure.
/// </summary>
internal static class NewNames
{
    /// <summary>Null: one more may.</summary>
    public static (DateTimeOffset Until, string Reason)? RefusalOf(string name, IReadOnlyCollection<KeyValuePair<string, OnDemandName>> known, RateLimit limit, RateLimit? ofDomain, DateTimeOffset now)
    {
        if (FreeAt([.. known.Select(other => other.Value.Since)], limit.Count, limit.Window, now) is { } until) return (until, $"{limit.Count} names were new in {Words(limit.Window)} (Acme:OnDemand:NewNames)");
        if (ofDomain is null) return null;

        var domain = PublicSuffixList.Embedded.RegisteredDomain(name) ?? name;
        var (below, most) = ("." + domain, Math.Max(1, ofDomain.Count / 2));
        var siblings = known.Where(other => other.Value.Since > now - ofDomain.Window && (other.Key == domain || other.Key.EndsWith(below, StringComparison.Ordinal))).Select(other => other.Value.Since);
        return FreeAt([.. siblings], most, ofDomain.Window, now) is { } free ? (free, $"{most} names of {domain} were new in {Words(ofDomain.Window)}, half of the CA's limit") : null;
    }

    /// <summary>A clock that was ahead counts as long as it is behind that.</summary>
    private static DateTimeOffset? FreeAt(List<DateTimeOffset> times, int count, TimeSpan window, DateTimeOffset now)
    {
        times.RemoveAll(time => time <= now - window || time > now);
        if (times.Count < count) return null;

        times.Sort();
        return times[^count] + window;
    }

    private static string Words(TimeSpan window) => window.ToString("c", CultureInfo.InvariantCulture);
}
