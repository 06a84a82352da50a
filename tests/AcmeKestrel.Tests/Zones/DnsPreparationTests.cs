using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Lifecycle.Proving;

namespace AcmeKestrel.Tests.Zones;

/// <summary>How long an order waits for its records, and what it says meanwhile.</summary>
public sealed class DnsPreparationTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(false, null, 5)]
    [InlineData(true, null, 60)]
    [InlineData(true, 1440, 1440)]
    public async Task A_record_that_a_person_sets_is_waited_for_longer_and_then_not_told_any_more(bool isByHand, int? said, int minutes)
    {
        var preparation = NeverSeen(Plan("shop.test", isByHand));
        var settings = new DnsSettings { Timeout = said is { } set ? TimeSpan.FromMinutes(set) : null };
        var end = Start + TimeSpan.FromMinutes(minutes);

        var (now, progress) = (Start, await preparation.GoAsync(settings, Start));
        while (progress is DnsProgress.Waiting waiting && now < end)
        {
            Assert.Equal(isByHand, waiting.What.Contains("_acme-challenge.shop.test. IN TXT \"value of shop.test\"", StringComparison.Ordinal));
            Assert.EndsWith("not to be seen everywhere yet: ns1 has no such record", waiting.What, StringComparison.Ordinal);
            now = waiting.Until;
            progress = await preparation.GoAsync(settings, now);
        }

        Assert.Equal(end, now);
        Assert.Equal($"not to be seen after {TimeSpan.FromMinutes(minutes):c}: ns1 has no such record", Assert.IsType<DnsProgress.Failed>(progress).Names["shop.test"]);
    }

    [Fact]
    public async Task What_is_left_alone_instead_of_looked_for_is_told_as_well()
    {
        var preparation = NeverSeen(Plan("shop.test", isByHand: true));

        var progress = await preparation.GoAsync(new DnsSettings { ChecksPropagation = false, Delay = TimeSpan.FromMinutes(30) }, Start);

        Assert.Equal(new DnsProgress.Waiting(Start.AddMinutes(30), "to be set by hand, beside what is there: _acme-challenge.shop.test. IN TXT \"value of shop.test\""), progress);
    }

    /// <summary>By whichever clock it began.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(240)]
    public async Task A_clock_that_was_ahead_makes_nobody_wait_longer(int hours)
    {
        var looks = 0;
        var preparation = NeverSeen([Plan("shop.test", isByHand: false)], () => looks++);
        await preparation.GoAsync(new DnsSettings(), Start.AddHours(hours));

        var progress = await preparation.GoAsync(new DnsSettings(), Start);
        Assert.Equal(2, looks);

        var now = Start;
        while (progress is DnsProgress.Waiting waiting)
        {
            Assert.InRange(waiting.Until - now, TimeSpan.Zero, TimeSpan.FromSeconds(20));
            progress = await preparation.GoAsync(new DnsSettings(), now = waiting.Until);
        }

        Assert.IsType<DnsProgress.Failed>(progress);
        Assert.Equal(Start.AddMinutes(5), now);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(240)]
    public async Task What_is_left_alone_is_so_no_longer_than_is_wished_when_the_clock_was_set_right(int hours)
    {
        var settings = new DnsSettings { ChecksPropagation = false, Delay = TimeSpan.FromMinutes(30) };
        var preparation = NeverSeen(Plan("shop.test", isByHand: false));
        await preparation.GoAsync(settings, Start.AddHours(hours));

        Assert.Equal(Start.AddMinutes(30), Assert.IsType<DnsProgress.Waiting>(await preparation.GoAsync(settings, Start)).Until);
        Assert.Same(DnsProgress.Ready, await preparation.GoAsync(settings, Start.AddMinutes(30)));
    }

    [Fact]
    public async Task Of_very_many_the_first_are_told()
    {
        var preparation = NeverSeen([.. Enumerable.Range(10, 12).Select(number => Plan($"x{number}.test", isByHand: true))]);

        var waiting = Assert.IsType<DnsProgress.Waiting>(await preparation.GoAsync(new DnsSettings(), Start));

        Assert.Contains("_acme-challenge.x19.test. IN TXT \"value of x19.test\"; and 2 more; not to be seen", waiting.What, StringComparison.Ordinal);
        Assert.DoesNotContain("x20.test. IN", waiting.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Servers_that_tell_nothing_to_the_end_are_passed_over_and_blame_no_name(bool areOthersUnseen)
    {
        DnsPlan[] plans = [Plan("shop.test", isByHand: false), Plan("other.test", isByHand: false)];
        var preparation = NeverSeen(plans, () => { }, areOthersUnseen ? ["shop.test"] : ["shop.test", "other.test"]);
        await preparation.GoAsync(new DnsSettings(), Start);

        var progress = await preparation.GoAsync(new DnsSettings(), Start.AddMinutes(5));

        if (areOthersUnseen) Assert.Equal(["other.test"], Assert.IsType<DnsProgress.Failed>(progress).Names.Keys);
        else Assert.Equal((DnsProgress.Ready, "not all servers of its zone told its DNS records: ns1 has no such record"), (progress, preparation.PassedOver));
    }

    private static DnsPlan Plan(string name, bool isByHand) => new(AcmeIdentifier.Parse(name), "hand", new DnsChallengeRecord($"_acme-challenge.{name}", $"value of {name}", name, "token", "token.thumbprint")) { IsByHand = isByHand };

    private static DnsPreparation NeverSeen(params DnsPlan[] plans) => NeverSeen(plans, () => { });

    /// <param name="atLook">Called with each look.</param>
    /// <param name="shown">Names whose record one server shows, while the others tell nothing.</param>
    private static DnsPreparation NeverSeen(DnsPlan[] plans, Action atLook, params string[] shown) => new(
        () => Task.FromResult(new DnsWritten(plans, new Dictionary<string, string>())),
        looked =>
        {
            atLook();
            return Task.FromResult(new DnsLooked(looked.ToDictionary(plan => plan.Name.Value, _ => "ns1 has no such record"), shown));
        });
}
