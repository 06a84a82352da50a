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
        if (FreeAt(known.Select(other => other.Value.Since), limit.Count, limit.Window, now) is { } until) return (until, $"{limit.Count} names were new in {Words(limit.Window)} (Acme:OnDemand:NewNames)");
        if (ofDomain is null) return null;

        var domain = PublicSuffixList.Embedded.RegisteredDomain(name) ?? name;
        var (below, most) = ("." + domain, Math.Max(1, ofDomain.Count / 2));
        var siblings = known.Where(other => other.Value.Since > now - ofDomain.Window && (other.Key == domain || other.Key.EndsWith(below, StringComparison.Ordinal))).Select(other => other.Value.Since);
        return FreeAt(siblings, most, ofDomain.Window, now) is { } free ? (free, $"{most} names of {domain} were new in {Words(ofDomain.Window)}, half of the CA's limit") : null;
    }

    /// <summary>What came while the clock was ahead counts as if it came now: whoever sets it back lets nobody spend twice. Further ahead than the span itself it was wrong, and holds up nobody.</summary>
    private static DateTimeOffset? FreeAt(IEnumerable<DateTimeOffset> times, int count, TimeSpan window, DateTimeOffset now)
    {
        var counted = times.Where(time => time > now - window && time <= now + window).Select(time => time > now ? now : time).Order().ToList();
        return counted.Count < count ? null : counted[^count] + window;
    }

    private static string Words(TimeSpan window) => window.ToString("c", CultureInfo.InvariantCulture);
}
