using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using CsCheck;

namespace AcmeKestrel.Tests.Lifecycle;

public sealed class PlannerTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly Provider Provider = new TestSettings().Provider;
    private static readonly RenewalPolicy Policy = new(2 / 3.0, 0.5);

    [Fact]
    public void A_satisfying_certificate_is_served_until_its_renewal()
    {
        var until = Assert.IsType<Decision.Serve>(Decide(Served())).RenewAt;

        Assert.InRange(until, Now.AddDays(58), Now.AddDays(60));
    }

    [Fact]
    public void A_certificate_for_more_names_satisfies() => Assert.IsType<Decision.Serve>(Decide(Served() with { Names = new SubjectNameSet(["shop.test", "more.test"]) }));

    [Fact]
    public void A_certificate_of_another_ca_does_not_satisfy() => Assert.IsType<Decision.Issue>(Decide(Served() with { Ca = new CaKey("https://staging.test/dir") }));

    [Fact]
    public void A_certificate_with_another_key_type_does_not_satisfy() => Assert.IsType<Decision.Issue>(Decide(Served() with { KeyType = AcmeKeyType.Rsa2048 }));

    [Fact]
    public void A_certificate_of_another_profile_satisfies_only_where_none_is_wished()
    {
        Assert.IsType<Decision.Serve>(Decide(Served() with { Profile = "shortlived" }));
        Assert.IsType<Decision.Issue>(Decide(Served(), Wishes.Of("shop.test") with { Profile = "shortlived" }));
    }

    [Fact]
    public void A_certificate_without_a_required_name_does_not_satisfy() => Assert.IsType<Decision.Issue>(Decide(Served() with { Names = new SubjectNameSet(["www.shop.test"]) }));

    [Fact]
    public void A_limit_that_is_used_up_holds_the_name_until_it_is_free()
    {
        var limit = new RateLimit(1, TimeSpan.FromHours(3));
        var provider = Provider with { Limits = ProviderLimits.None with { NewOrdersPerAccount = limit } };
        var account = AccountName.Of(provider, "ops@example.test");
        var candidate = new Candidate(provider, account) { Ledger = LedgerState.Empty.Debit(LedgerCosts.Order(provider.Limits, account), Now) };

        var waiting = Assert.IsType<Decision.Wait>(Planner.Decide(Situation(null) with { Candidates = [candidate] }, Now)).Obstacle;

        Assert.Equal((ObstacleKind.LimitReached, Now.AddHours(3)), (waiting.Kind, waiting.Until));
    }

    [Fact]
    public void A_changed_wish_does_not_wait_for_the_old_ones_backoff()
    {
        var schedule = new Schedule { WishPrint = "another", Failures = 5, NextAttempt = Now.AddDays(1) };

        Assert.IsType<Decision.Issue>(Planner.Decide(Situation(null) with { Schedule = schedule }, Now));
    }

    /// <summary>Both numbers are promises: a late renewal is an outage, and a thousand that are due together are a rate limit met.</summary>
    [Theory]
    [InlineData(90 * 24, 2 / 3.0)]
    [InlineData(45 * 24, 2 / 3.0)]
    [InlineData(6 * 24, 0.5)]
    [InlineData(1, 0.5)]
    public void Renewals_are_spread_but_never_late(int hours, double fraction)
    {
        const int Names = 10_000;
        const int Bins = 20;
        var (earliest, latest) = (fraction * 0.97, fraction);
        var shares = Enumerable.Range(0, Names).Select(i => ShareOf($"n{i}.test", hours)).ToList();

        Assert.All(shares, share => Assert.InRange(share, earliest - 1e-9, latest + 1e-9));
        var counts = shares.GroupBy(share => (int)Math.Clamp((share - earliest) / (latest - earliest) * Bins, 0, Bins - 1)).ToDictionary(bin => bin.Key, bin => bin.Count());
        Assert.Equal(Bins, counts.Count);

        // Of even spreads one in a thousand is further off (chi-square, 19 degrees of freedom).
        const double Mean = (double)Names / Bins;
        Assert.InRange(counts.Values.Sum(count => (count - Mean) * (count - Mean) / Mean), 0, 43.8);
    }

    /// <summary>Reckoned apart from the code: from SHA-256 of <c>shop.test@g</c>. Any other place after a restart, or after an update, would hurry or delay what is stored.</summary>
    [Theory]
    [InlineData(90, "2027-01-22T08:55:42.844Z")]
    [InlineData(6, "2026-11-26T11:50:47.142Z")]
    public void A_name_keeps_its_place_at_every_start_and_in_every_version(int days, string due)
    {
        var served = Served() with { NotAfter = Now.AddDays(days) };

        Assert.Equal(due, RenewalTime.DueAt(served, Schedule.Empty, Policy).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }

    [Fact]
    public void No_lifetime_makes_a_renewal_late() =>
        Gen.Select(Gen.Int[1, 24 * 400], Gen.Int[0, 1_000_000]).Sample((hours, seed) =>
        {
            var (fraction, share) = (hours < 240 ? 0.5 : 2 / 3.0, ShareOf($"n{seed}.test", hours));
            return share <= fraction + 1e-9 && share >= (fraction * 0.97) - 1e-9;
        });

    [Fact]
    public void The_backoff_never_outlasts_an_eighth_of_the_remaining_life_and_never_overflows() =>
        Gen.Select(Gen.Int[1, int.MaxValue], Gen.Int[1, 90 * 24 * 60], Gen.Int[0, 1000]).Sample((failures, minutesLeft, seed) =>
        {
            var served = Served() with { NotAfter = Now.AddMinutes(minutesLeft), NotBefore = Now.AddMinutes(-2.0 * minutesLeft) };
            var delay = Backoff.Delay(failures, $"{seed}", served, null, Now);
            var floor = TimeSpan.FromMinutes(Math.Min(1, served.Lifetime.TotalMinutes / 120));
            return delay > TimeSpan.Zero && (delay <= TimeSpan.FromMinutes(minutesLeft) / 8 || delay <= floor || delay <= TimeSpan.FromSeconds(1));
        }, iter: 10_000);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 10)]
    [InlineData(3, 100)]
    [InlineData(4, 1440)]
    [InlineData(10_000, 1440)]
    public void The_ladder_is_a_minute_ten_a_hundred_and_then_daily(int failures, int minutes)
    {
        var delay = Backoff.Delay(failures, "shop.test", null, null, Now).TotalMinutes;

        Assert.InRange(delay, minutes, minutes * 1.1);
    }

    [Fact]
    public void Ten_thousand_failures_in_a_row_keep_the_ladder()
    {
        var (wish, schedule) = (Wishes.Of("shop.test"), Schedule.Empty);
        for (var failure = 0; failure < 10_000; failure++) schedule = ScheduleChanges.AfterFailure(schedule, wish, Order(wish), Validation("shop.test"), null, Now);

        Assert.Equal(9_999, schedule.Failures);
        Assert.InRange(schedule.NextAttempt!.Value, Now.AddDays(1), Now.AddDays(1.2));
    }

    [Fact]
    public void What_the_ca_asks_for_is_waited_even_when_it_is_longer() =>
        Assert.Equal(TimeSpan.FromDays(3), Backoff.Delay(1, "shop.test", Served(), TimeSpan.FromDays(3), Now));

    [Fact]
    public void The_second_type_follows_at_once_and_then_the_types_alternate_on_the_ladder()
    {
        var (wish, schedule, told) = (Wishes.Of("shop.test"), Schedule.Empty, new List<string>());
        for (var order = 0; order < 6; order++)
        {
            var type = ChallengeOrder.Of(wish, schedule, null, Now)[0];
            schedule = ScheduleChanges.AfterFailure(schedule, wish, Order(wish) with { LeadingChallenge = type }, Validation("shop.test"), null, Now);
            told.Add($"{type} {Math.Floor(((schedule.NextAttempt ?? Now) - Now).TotalMinutes / 1.1 + 0.2)}");
        }

        Assert.Equal(["tls-alpn-01", "http-01", "tls-alpn-01", "http-01", "tls-alpn-01", "http-01"], told.Select(line => line.Split(' ')[0]));
        Assert.Equal(["0", "1"], told.Take(2).Select(line => line.Split(' ')[1]));
        Assert.Equal(5, schedule.Failures);
    }

    [Fact]
    public void The_type_that_worked_comes_first_next_time()
    {
        var schedule = new Schedule { WorkedChallenge = ChallengeTypes.Http01 };

        Assert.Equal([ChallengeTypes.Http01, ChallengeTypes.TlsAlpn01], ChallengeOrder.Of(Wishes.Of("shop.test"), schedule, null, Now));
    }

    /// <summary>The part of its lifetime after which a certificate of the label is renewed.</summary>
    private static double ShareOf(string label, int hours)
    {
        var served = Served() with { Label = label, NotAfter = Now.AddHours(hours) };
        return (RenewalTime.DueAt(served, Schedule.Empty, Policy) - served.NotBefore) / TimeSpan.FromHours(hours);
    }

    private static OrderFailure Validation(string name) => new(OrderFailureKind.Validation, "no", new Dictionary<string, string> { [name] = "no" });

    private static EndedOrder Order(Wish wish) => new("id", [.. wish.Required.Select(name => name.Value)]);

    private static CertificateFacts Served() =>
        new("shop.test", "g", new SubjectNameSet(["shop.test"]), AcmeKeyType.P256, KeyFamily.P256, new CaKey(TestCa.DirectoryUrl), null, Now, Now.AddDays(90));

    private static Decision Decide(CertificateFacts served, Wish? wish = null) =>
        Planner.Decide(Situation(wish) with { Certificate = served }, Now);

    private static Situation Situation(Wish? wish) => new("shop.test", wish ?? Wishes.Of("shop.test"), Policy) { Candidates = [new Candidate(Provider, AccountName.Of(Provider, "ops@example.test"))] };
}
