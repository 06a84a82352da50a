using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>In what order a hook is told what it is owed, by a rule that looks at all of it each time.</summary>
public sealed class HookQueueTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<NoticeName, OwedNotice> _owed = [];
    private readonly Dictionary<NoticeName, HookTrouble> _troubles = [];
    private HookTrouble? _ofChanges;
    private HookTrouble? _before;

    [Fact]
    public void It_is_the_order_of_the_rule_whatever_comes_and_fails()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            _owed.Clear();
            _troubles.Clear();
            _ofChanges = null;
            Run(new Random(seed), seed);
        }
    }

    [Fact]
    public void What_failed_while_the_clock_was_ahead_waits_no_longer_and_is_not_behind_what_fails_now()
    {
        var queue = new HookQueue();
        foreach (var label in (string[])["a.test", "b.test", "c.test"]) queue.Owe(label, Notice(AcmeHookEvent.Failed, Start, Start));
        var ahead = Start + TimeSpan.FromHours(2);
        Assert.NotNull(queue.Failed(queue.Next(false, ahead)!.What, "away", ahead));
        Assert.NotNull(queue.Failed(queue.Next(false, ahead)!.What, "away", ahead));

        Assert.Equal("c.test", queue.Next(false, Start)!.Notices[0].Label);
        Assert.NotNull(queue.Failed(queue.Next(false, Start)!.What, "away", Start));

        Assert.Equal(Start, queue.DueAt(Start));
        foreach (var label in (string[])["a.test", "b.test"])
        {
            var due = queue.Next(false, Start)!;
            Assert.Equal((label, 1), (due.Notices[0].Label, due.Failures));
            queue.Settle(due.What!.Value);
        }

        Assert.Null(queue.Next(false, Start));
    }

    /// <summary>Each certificate that is renewed again and again takes the place of the one before.</summary>
    [Fact]
    public void What_has_changed_once_more_does_not_begin_the_ladder_anew()
    {
        var queue = new HookQueue();
        queue.Owe("a.test", Notice(AcmeHookEvent.LiveUpdated, Start, Start));
        for (var i = 0; i < 4; i++) queue.Failed(null, "away", Start);

        var next = Notice(AcmeHookEvent.LiveUpdated, Start + TimeSpan.FromMinutes(1), null);
        queue.Owe("a.test", next);
        queue.Settle(new NoticeName("a.test", AcmeHookEvent.LiveUpdated, null, Start));
        Assert.Null(queue.DueAt(Start + TimeSpan.FromMinutes(1)));
        queue.Owe("a.test", next with { TrueSince = Start + TimeSpan.FromMinutes(2) });

        Assert.Equal(4, queue.Next(false, Start + TimeSpan.FromMinutes(3))!.Failures);
    }

    /// <summary>A lineage that fails keeps no other one, nor does it come sooner for one that changes.</summary>
    [Fact]
    public void A_hook_that_takes_one_at_a_time_is_told_of_each_for_itself()
    {
        var queue = new HookQueue();
        foreach (var label in (string[])["a.test", "b.test"]) queue.Owe(label, Notice(AcmeHookEvent.LiveUpdated, Start, Start));
        Assert.Null(queue.Next(true, Start + TimeSpan.FromSeconds(1)));
        var now = Start + TimeSpan.FromSeconds(2);

        var first = queue.Next(true, now)!;
        Assert.Equal("a.test", Assert.Single(first.Notices).Label);
        var trouble = queue.Failed(first.What, "away", now)!;
        var second = queue.Next(true, now)!;
        Assert.Equal("b.test", Assert.Single(second.Notices).Label);
        queue.Settle(second.What!.Value);
        queue.Told(second.What);

        Assert.Null(queue.Next(true, now));
        Assert.Equal(trouble, queue.Trouble);
        queue.Owe("c.test", Notice(AcmeHookEvent.LiveUpdated, now, now));
        Assert.Equal("c.test", Assert.Single(queue.Next(true, now + TimeSpan.FromSeconds(2))!.Notices).Label);
        queue.Settle(new NoticeName("c.test", AcmeHookEvent.LiveUpdated, null, now));
        Assert.Equal(trouble.NextAttempt, queue.DueAt(now));
        var again = queue.Next(true, trouble.NextAttempt)!;
        Assert.Equal((first.What, 1), (again.What, again.Failures));
        queue.Settle(again.What!.Value);
        Assert.Null(queue.Trouble);
    }

    private void Run(Random random, int seed)
    {
        var now = Start;
        _before = seed % 3 == 0 ? HookTrouble.After(new HookTrouble(2, Start, Start), "away", now) : null;
        var queue = new HookQueue(_before);
        for (var step = 0; step < 60; step++)
        {
            now += random.Next(4) switch { 0 => TimeSpan.Zero, 1 => TimeSpan.FromSeconds(1), 2 => TimeSpan.FromSeconds(random.Next(20)), _ => TimeSpan.FromSeconds(random.Next(600)) };
            if (random.Next(3) > 0) Come(queue, random, now);

            var (due, at) = Rule(now);
            Assert.Equal(at, queue.DueAt(now));
            var next = queue.Next(false, now);
            Assert.Equal(due, next?.Notices.Select(one => NoticeName.Of(one.Label, one.Notice)));
            if (next is null) continue;

            Assert.Equal((next.What is { } name ? _troubles.GetValueOrDefault(name) ?? _before : _ofChanges ?? _before)?.Failures ?? 0, next.Failures);
            if (random.Next(2) == 0) Fail(queue, next, now);
            else Succeed(queue, next);
        }
    }

    private void Come(HookQueue queue, Random random, DateTimeOffset now)
    {
        var notice = Notice(random.Next(2) == 0 ? AcmeHookEvent.LiveUpdated : AcmeHookEvent.Failed, now, random.Next(5) == 0 ? null : now);
        var name = NoticeName.Of($"n{random.Next(6)}.test", notice);
        var former = _owed.Keys.Where(known => known.Label == name.Label && known.Event == name.Event && known != name).ToList();
        _owed[name] = notice;
        queue.Owe(name.Label, notice);
        foreach (var gone in former)
        {
            Forget(gone);
            queue.Settle(gone);
        }
    }

    private void Fail(HookQueue queue, DueDelivery told, DateTimeOffset now)
    {
        if (told.What is { } name) _troubles[name] = HookTrouble.After(_troubles.GetValueOrDefault(name) ?? _before, "away", now);
        else _ofChanges = HookTrouble.After(_ofChanges ?? _before, "away", now);
        queue.Failed(told.What, "away", now);
        Assert.Equal(_troubles.Values.Append(_ofChanges).Append(_before).Max(trouble => trouble?.Failures), queue.Trouble?.Failures);
    }

    private void Succeed(HookQueue queue, DueDelivery told)
    {
        foreach (var (label, notice) in told.Notices)
        {
            Forget(NoticeName.Of(label, notice));
            queue.Settle(NoticeName.Of(label, notice));
        }

        _before = null;
        if (told.What is null) _ofChanges = null;
        queue.Told(told.What);
    }

    private void Forget(NoticeName name)
    {
        _owed.Remove(name);
        _troubles.Remove(name);
        if (!_owed.Keys.Any(owed => owed.Event is AcmeHookEvent.LiveUpdated)) _ofChanges = null;
        if (_owed.Count == 0) _before = null;
    }

    /// <summary>What is told now, and when something is due.</summary>
    private (IEnumerable<NoticeName>? Told, DateTimeOffset? DueAt) Rule(DateTimeOffset now)
    {
        var owed = _owed.Where(owed => owed.Value.TrueSince is not null).OrderBy(owed => owed.Value.TrueSince).ThenBy(owed => owed.Key.Label, StringComparer.Ordinal).ToList();
        var all = owed.Where(one => one.Key.Event is not AcmeHookEvent.LiveUpdated)
            .Select(one => (Trouble: _troubles.GetValueOrDefault(one.Key) ?? _before, At: one.Value.TrueSince!.Value, Rank: 1, Names: (IEnumerable<NoticeName>)[one.Key]))
            .Select(one => one with { At = one.Trouble?.NextAttempt ?? one.At })
            .ToList();
        var changes = owed.Where(one => one.Key.Event is AcmeHookEvent.LiveUpdated).ToList();
        if (changes.Count > 0) all.Add((_ofChanges ?? _before, ChangesAt(changes[0].Value.TrueSince!.Value, changes[^1].Value.TrueSince!.Value, _ofChanges ?? _before, now), 2, changes.Select(change => change.Key)));

        var fails = all.Any(one => one.Trouble is not null);
        var due = all.Where(one => one.At <= now).OrderBy(one => fails && one.Rank == 2 ? 0 : one.Rank).ThenBy(one => one.Trouble is not null).ThenBy(one => one.At).Select(one => one.Names);
        return (due.FirstOrDefault(), all.Count == 0 ? null : all.Min(one => one.At));
    }

    private static DateTimeOffset ChangesAt(DateTimeOffset first, DateTimeOffset last, HookTrouble? trouble, DateTimeOffset now)
    {
        var gathered = new[] { last + TimeSpan.FromSeconds(2), first + TimeSpan.FromSeconds(15) }.Min();
        if (trouble is null) return Waits.Last(gathered, TimeSpan.FromSeconds(15), now) ? gathered : new[] { gathered, now }.Min();
        if (last <= trouble.FailedAt) return trouble.NextAttempt;
        return new[] { trouble.NextAttempt, new[] { last + TimeSpan.FromSeconds(2), trouble.FailedAt + TimeSpan.FromMinutes(1) }.Max() }.Min();
    }

    private static OwedNotice Notice(AcmeHookEvent happened, DateTimeOffset since, DateTimeOffset? trueSince) => new(happened, since, ["code.hook"]) { TrueSince = trueSince };
}
