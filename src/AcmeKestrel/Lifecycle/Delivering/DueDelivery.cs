using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>What one hook is to be told in one call.</summary>
/// <param name="What">What fails and succeeds as one.</param>
/// <param name="DueAt">When it is to be told.</param>
internal sealed record DueDelivery(string What, IReadOnlyList<(string Label, OwedNotice Notice)> Notices, DateTimeOffset DueAt)
{
    /// <summary>What changes in one run comes together: so long nothing may have come before it is told, and no longer is waited.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LongestGathering = TimeSpan.FromSeconds(15);

    /// <summary>What comes while a hook fails is reason to try it sooner than the ladder says, but not all the time.</summary>
    private static readonly TimeSpan LeastPause = TimeSpan.FromMinutes(1);

    /// <summary>In one call; the others in the next.</summary>
    private const int Most = 1000;

    private const string Changes = "live-updated";

    /// <summary>All that the hook is owed and is true, in the order in which it became so.</summary>
    /// <param name="now">What became true later than that did so by a clock that was ahead, and is due.</param>
    public static IReadOnlyList<DueDelivery> Of(string hook, IEnumerable<(string Label, OwedNotice Notice)> owed, Func<string, HookTrouble?> trouble, DateTimeOffset now)
    {
        var due = new List<DueDelivery>();
        var mine = owed.Where(one => one.Notice.TrueSince is not null && one.Notice.To.Contains(hook)).OrderBy(one => one.Notice.TrueSince).ThenBy(one => one.Label, StringComparer.Ordinal).ToList();
        foreach (var one in mine.Where(one => one.Notice.Event is not AcmeHookEvent.LiveUpdated))
        {
            var what = $"{one.Notice.Event} {one.Label} {one.Notice.Generation} {one.Notice.Since.UtcTicks}";
            due.Add(new DueDelivery(what, [one], trouble(what)?.NextAttempt ?? Least(one.Notice.TrueSince!.Value, now)));
        }

        var changes = mine.Where(one => one.Notice.Event is AcmeHookEvent.LiveUpdated).Take(Most).ToList();
        if (changes.Count > 0) due.Add(new DueDelivery(Changes, changes, ChangesDueAt(changes, trouble(Changes), now)));
        return due;
    }

    private static DateTimeOffset ChangesDueAt(List<(string Label, OwedNotice Notice)> changes, HookTrouble? trouble, DateTimeOffset now)
    {
        var (first, last) = (changes[0].Notice.TrueSince!.Value, changes[^1].Notice.TrueSince!.Value);
        var gathered = Least(last + Quiet, first + LongestGathering);
        if (trouble is null) return Waits.Last(gathered, LongestGathering, now) ? gathered : Least(gathered, now);
        return last > trouble.FailedAt ? Least(trouble.NextAttempt, Later(last + Quiet, trouble.FailedAt + LeastPause)) : trouble.NextAttempt;
    }

    private static DateTimeOffset Least(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
