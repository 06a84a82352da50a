using AcmeKestrel.Lifecycle.Dispatching;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle.Dispatching;

public sealed class DueQueueTests
{
    private const int Slots = 3;
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Start);

    [Fact]
    public void What_is_asked_for_while_a_label_is_at_work_is_not_overwritten_by_its_own_due_time()
    {
        var queue = Queue(_time);
        queue.Set("shop.test", Start);
        Assert.Equal("shop.test", queue.TryBegin());
        queue.Set("shop.test", Start);

        queue.End("shop.test", Start.AddDays(60));

        Assert.Equal("shop.test", queue.TryBegin());
    }

    [Fact]
    public void The_depth_tells_who_waits_for_time_who_for_a_slot_and_who_is_at_work()
    {
        var queue = Queue(_time);
        for (var i = 0; i < Slots + 2; i++) queue.Set($"1-{i}", Start);
        queue.Set("1-later", Start.AddDays(1));
        while (queue.TryBegin() is not null) { }

        Assert.Equal(new QueueDepth(Scheduled: 1, Ready: 2, Running: Slots), queue.Depth);
        queue.End("1-0", null);
        Assert.Equal(new QueueDepth(Scheduled: 1, Ready: 2, Running: Slots - 1), queue.Depth);
    }

    [Fact]
    public void A_later_time_does_not_delay_an_earlier_one()
    {
        var queue = Queue(_time);
        queue.Set("shop.test", Start.AddMinutes(1));
        queue.Set("shop.test", Start.AddDays(1));

        Assert.Equal(Start.AddMinutes(1), queue.NextDue);
    }

    [Fact]
    public void Labels_that_are_due_together_come_in_the_order_in_which_they_were_set()
    {
        var queue = Queue(_time);
        foreach (var label in new[] { "1-c", "1-a", "1-b" }) queue.Set(label, Start);

        Assert.Equal(["1-c", "1-a", "1-b"], new[] { queue.TryBegin(), queue.TryBegin(), queue.TryBegin() });
    }

    [Fact]
    public void A_lane_without_a_slot_keeps_no_other_one_waiting()
    {
        var queue = Queue(_time);
        foreach (var label in new[] { "1-a", "1-b", "1-c", "1-d", "2-a" }) queue.Set(label, Start);

        Assert.Equal(["1-a", "1-b", "1-c", "2-a", null], Enumerable.Range(0, 5).Select(_ => queue.TryBegin()).Order().OrderBy(label => label is null).ToList());
        queue.End("1-b", null);
        Assert.Equal("1-d", queue.TryBegin());
    }

    [Fact]
    public void A_label_that_ends_without_a_due_time_leaves_nothing_behind()
    {
        var queue = Queue(_time);
        queue.Set("shop.test", Start);
        queue.TryBegin();

        queue.End("shop.test", null);

        Assert.Null(queue.NextDue);
        Assert.Null(queue.TryBegin());
    }

    [Fact]
    public void What_is_asked_for_while_a_label_is_at_work_is_kept_when_the_clock_is_set_back()
    {
        var queue = Queue(_time);
        queue.Set("shop.test", Start);
        Assert.Equal("shop.test", queue.TryBegin());
        queue.Set("shop.test", _time.GetUtcNow());
        _time.AdjustTime(Start.AddDays(-365));
        Assert.Null(queue.TryBegin());
        queue.End("shop.test", null);
        Assert.Equal("shop.test", queue.TryBegin());
    }

    /// <summary>Against a model that knows for each label when it is due at the latest and whether it is at work.</summary>
    [Theory]
    [InlineData(10, 2_000, 200)]
    [InlineData(100_000, 20_000, 3)]
    public void Nothing_that_was_set_is_lost_or_delayed_and_no_label_is_at_work_twice(int labels, int steps, int runs) =>
        Gen.Int[0, 1_000_000].Sample(seed => Play(new Random(seed), labels, steps), iter: runs, threads: 1);

    private static void Play(Random random, int labels, int steps)
    {
        var time = new FakeTimeProvider(Start);
        var queue = Queue(time);
        var due = new Dictionary<string, DateTimeOffset>();
        var atWork = new HashSet<string>();

        // A few labels are hit again and again, whatever their number.
        string Any() => $"{random.Next(5)}-{(random.Next(2) == 0 ? random.Next(Math.Min(labels, 10)) : random.Next(labels))}";

        for (var step = 0; step < steps; step++)
        {
            // Now and then the clock is set back: everything is looked at then.
            if (random.Next(500) == 0)
            {
                time.AdjustTime(time.GetUtcNow().AddDays(-1));
                foreach (var known in due.Keys.ToList()) due[known] = time.GetUtcNow();
                Begin();
            }

            switch (random.Next(6))
            {
                case 0 or 1:
                    var label = Any();
                    var at = time.GetUtcNow().AddSeconds(random.Next(-5, 120));
                    queue.Set(label, at);
                    due[label] = due.TryGetValue(label, out var known) && known < at ? known : at;
                    break;

                case 2:
                    time.Advance(TimeSpan.FromSeconds(random.Next(0, 40)));
                    break;

                case 3 or 4 when atWork.Count > 0:
                    var ended = atWork.ElementAt(random.Next(atWork.Count));
                    DateTimeOffset? next = random.Next(3) == 0 ? null : time.GetUtcNow().AddSeconds(random.Next(0, 300));
                    queue.End(ended, next);
                    atWork.Remove(ended);
                    if (next is { } again) due[ended] = due.TryGetValue(ended, out var meanwhile) && meanwhile < again ? meanwhile : again;
                    break;

                default:
                    Begin();
                    break;
            }
        }

        void Begin()
        {
            while (queue.TryBegin() is { } begun)
            {
                Assert.True(atWork.Add(begun), $"{begun} is at work twice.");
                Assert.True(due.Remove(begun, out var was) && was <= time.GetUtcNow(), $"{begun} was not due.");
            }

            // By a lane's first letter, which is all of it: thousands are looked at here each time.
            var (full, now) = (atWork.GroupBy(Lane).Where(lane => lane.Count() >= Slots).Select(lane => lane.Key[0]).ToHashSet(), time.GetUtcNow());
            Assert.All(atWork.GroupBy(Lane), lane => Assert.InRange(lane.Count(), 1, Slots));
            Assert.False(due.Any(waiting => waiting.Value <= now && !full.Contains(waiting.Key[0]) && !atWork.Contains(waiting.Key)), "One is due, and its lane has a slot.");
        }
    }

    private static string Lane(string label) => label.Split('-')[0];

    private static DueQueue Queue(TimeProvider time) => new(Lane, Slots, time);
}
