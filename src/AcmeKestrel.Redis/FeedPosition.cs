using System.Globalization;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>
/// An entry of the feed, known by its id and by a mark that nobody else makes. What Redis loses (a failover, a restart) it loses from the end, so where this very entry still is, everything before it is, too.
/// </summary>
/// <param name="Time">The first half of the entry's id.</param>
/// <param name="Number">The second one.</param>
/// <param name="Mark">The version that was written with it, or another random text.</param>
internal readonly record struct FeedPosition(ulong Time, ulong Number, string Mark) : IComparable<FeedPosition>
{
    public const string MarkField = "mark";

    public string Id => string.Create(CultureInfo.InvariantCulture, $"{Time}-{Number}");

    public static FeedPosition? Parse(string id, string mark) =>
        id.IndexOf('-') is > 0 and var dash
        && ulong.TryParse(id.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var time)
        && ulong.TryParse(id.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new FeedPosition(time, number, mark)
            : null;

    public static FeedPosition Of(StreamEntry entry) => Parse(entry.Id.ToString(), entry[MarkField].ToString()) ?? throw new FormatException("An id in Redis' stream is none.");

    /// <summary>By the ids alone.</summary>
    public int CompareTo(FeedPosition other) => (Time, Number).CompareTo((other.Time, other.Number));
}
