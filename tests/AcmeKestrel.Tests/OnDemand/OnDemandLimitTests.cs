using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.OnDemand;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>What strangers can spend, counted.</summary>
public sealed class OnDemandLimitTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Whatever comes when: in any span no more than what was there at once and what came in meanwhile.</summary>
    [Fact]
    public void No_more_names_are_asked_for_than_the_limit_lets() => Gen.Select(Gen.Int[1, 50], Gen.Int[1, 60], Gen.Int[0, 3000].Array[1, 200]).Sample((count, seconds, pauses) =>
    {
        var (time, limit) = (new FakeTimeProvider(Now), new RateLimit(count, TimeSpan.FromSeconds(seconds)));
        var (limits, taken) = (new AskLimits(time), new List<TimeSpan>());
        foreach (var (index, pause) in pauses.Index())
        {
            time.Advance(TimeSpan.FromMilliseconds(pause));
            if (limits.TryTake(limit, $"{index % 7}")) taken.Add(time.GetUtcNow() - Now);
        }

        for (var first = 0; first < taken.Count; first++)
        {
            for (var last = first; last < taken.Count; last++) Assert.True(last - first + 1 <= count + 1 + ((taken[last] - taken[first]) / limit.Window * count));
        }
    });

    /// <summary>As many as the limit for all comes in.</summary>
    [Fact]
    public void A_few_networks_that_ask_all_the_time_leave_room_for_the_first_name_of_another_one()
    {
        var (time, limit) = (new FakeTimeProvider(Now), new RateLimit(600, TimeSpan.FromMinutes(1)));
        var limits = new AskLimits(time);

        for (var second = 0; second < 600; second++)
        {
            for (var network = 0; network < 8; network++)
            {
                for (var name = 0; name < 5; name++) limits.TryTake(limit, $"crowd{network}");
            }

            if (second % 10 == 0) Assert.True(limits.TryTake(limit, $"visitor{second}"));
            time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void Whoever_comes_from_a_hundred_thousand_networks_costs_no_more_memory_than_from_a_few()
    {
        var limits = new AskLimits(new FakeTimeProvider(Now));
        var limit = new RateLimit(1_000_000, TimeSpan.FromMinutes(1));

        for (var i = 0; i < 100_000; i++) Assert.True(limits.TryTake(limit, $"{i}"));

        Assert.InRange(limits.Networks, 1, 4096);
    }

    [Fact]
    public void So_many_names_are_new_in_any_span_and_the_next_one_when_the_first_is_out_of_it()
    {
        var limit = new RateLimit(3, TimeSpan.FromHours(1));

        Assert.Null(Refusal("d.test", limit, null, ("a.test", 50), ("b.test", 40)));
        Assert.Equal(Now.AddMinutes(10), Refusal("d.test", limit, null, ("a.test", 50), ("b.test", 40), ("c.test", 5))!.Value.Until);
        Assert.Null(Refusal("d.test", limit, null, ("a.test", 60), ("b.test", 40), ("c.test", 5)));
    }

    /// <summary>What a stranger can have ordered below a domain leaves its owner room.</summary>
    [Fact]
    public void Of_one_registered_domain_half_of_what_the_CA_lets_it_have()
    {
        var (limit, ofDomain) = (new RateLimit(100, TimeSpan.FromHours(1)), new RateLimit(4, TimeSpan.FromDays(7)));
        (string, int)[] known = [("a.customer.example.com", 3 * 24 * 60), ("b.example.com", 30)];

        var refusal = Refusal("new.example.com", limit, ofDomain, known);

        Assert.Equal(Now.AddDays(4), refusal!.Value.Until);
        Assert.Contains("2 names of example.com", refusal.Value.Reason, StringComparison.Ordinal);
        Assert.Null(Refusal("new.example.net", limit, ofDomain, known));
        Assert.Null(Refusal("new.notexample.com", limit, ofDomain, known));
    }

    [Fact]
    public void A_clock_that_was_far_ahead_holds_up_nobody() => Assert.Null(Refusal("d.test", new RateLimit(1, TimeSpan.FromHours(1)), null, ("a.test", -61)));

    /// <summary>One that was set back a little lets nobody spend twice.</summary>
    [Fact]
    public void What_came_while_the_clock_was_ahead_came_now()
    {
        var (limit, ofDomain) = (new RateLimit(1, TimeSpan.FromHours(1)), new RateLimit(4, TimeSpan.FromDays(7)));

        Assert.Equal(Now.AddHours(1), Refusal("d.test", limit, null, ("a.test", -30))!.Value.Until);
        Assert.Equal(Now.AddDays(7), Refusal("new.example.com", limit, ofDomain, ("a.example.com", -24 * 60), ("b.example.com", -24 * 60))!.Value.Until);
    }

    private static (DateTimeOffset Until, string Reason)? Refusal(string name, RateLimit limit, RateLimit? ofDomain, params (string Name, int MinutesAgo)[] known) =>
        NewNames.RefusalOf(name, [.. known.Select(one => KeyValuePair.Create(one.Name, new OnDemandName(Now.AddMinutes(-one.MinutesAgo), Now)))], limit, ofDomain, Now);
}
