using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Protocol;
using CsCheck;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The pure part of renewal info: when a certificate is due, whatever a CA suggests.</summary>
public sealed class RenewalTimeTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly RenewalPolicy Policy = new(2 / 3.0, 0.5);

    private static readonly Gen<TimeSpan> Lifetimes = Gen.OneOf(2160, 1080, 160, 1).Select(hours => TimeSpan.FromHours(hours));

    /// <summary>A window as parts of a lifetime, from long ago to long after.</summary>
    private static readonly Gen<(double Start, double Length)> Windows = Gen.Select(Gen.OneOf(Gen.Double[-1000, 1000], Gen.Double[-0.1, 1.2]), Gen.OneOf(Gen.Double[0.000001, 2000], Gen.Double[0.001, 0.3]));

    [Fact]
    public void A_window_leads_and_its_pick_is_inside_it() =>
        Gen.Select(Lifetimes, Gen.Double[0.05, 0.7], Gen.Double[0.01, 0.1], Gen.Int[0, 100_000]).Sample((lifetime, start, length, seed) =>
        {
            var served = Served(lifetime, seed);
            var hint = RenewalHints.After(served, null, Info(served, start, length), Now);
            var due = RenewalTime.DueAt(served, new Schedule { Renewal = hint }, Policy);
            return due == hint.Window!.Pick && due >= hint.Window.Start && due < hint.Window.End;
        });

    [Fact]
    public void Picks_are_spread_evenly_over_the_window()
    {
        var tenths = new int[10];
        for (var seed = 0; seed < 10_000; seed++)
        {
            var served = Served(TimeSpan.FromDays(90), seed);
            var window = RenewalHints.After(served, null, Info(served, 0.5, 0.1), Now).Window!;
            tenths[(int)((window.Pick - window.Start) / (window.End - window.Start) * 10)]++;
        }

        Assert.All(tenths, count => Assert.InRange(count, 850, 1150));
    }

    [Fact]
    public void A_pick_stays_while_its_window_stays_and_a_window_that_moves_does_not_hurry_it()
    {
        var served = Served(TimeSpan.FromDays(90), 1);
        var first = RenewalHints.After(served, null, Info(served, 0.6, 0.1), Now);
        var again = RenewalHints.After(served, first with { Window = first.Window! with { Pick = first.Window.Start } }, Info(served, 0.6, 0.1), Now);
        var moved = RenewalHints.After(served, first, Info(served, 0.5, 0.1), Now);

        Assert.Equal(first.Window!.Start, again.Window!.Pick);
        Assert.Equal((first.Window.Pick - first.Window.Start).TotalSeconds, (moved.Window!.Pick - moved.Window.Start).TotalSeconds, precision: 0);
    }

    [Fact]
    public void A_window_in_the_past_is_due_now()
    {
        var served = Served(TimeSpan.FromDays(90), 1);

        Assert.True(RenewalTime.DueAt(served, Hinted(served, -0.2, 0.1), Policy) <= Now);
    }

    [Fact]
    public void No_window_delays_a_renewal_behind_an_eighth_before_the_end() =>
        Gen.Select(Lifetimes, Windows, Gen.Int[0, 5], Gen.Int[0, 1000]).Sample((lifetime, window, early, seed) =>
        {
            var served = Served(lifetime, seed);
            var due = RenewalTime.DueAt(served, Hinted(served, window.Start, window.Length) with { EarlyRenewals = early }, Policy);
            return served.NotAfter - due >= lifetime / 8 - TimeSpan.FromTicks(10);
        }, iter: 10_000);

    [Fact]
    public void Without_a_window_or_with_renewal_info_off_the_fraction_counts()
    {
        var served = Served(TimeSpan.FromDays(90), 1);
        var own = RenewalTime.DueAt(served, Schedule.Empty, Policy);

        Assert.Equal(own, RenewalTime.DueAt(served, Hinted(served, 0.1, 0.1), Policy with { Ari = false }));
        Assert.Equal(own, RenewalTime.DueAt(served with { Generation = "another" }, Hinted(served, 0.1, 0.1), Policy), TimeSpan.FromDays(3));
        Assert.Equal(own, RenewalTime.DueAt(served, new Schedule { Renewal = RenewalHints.WithoutInfo(served, Now) }, Policy));
    }

    [Fact]
    public void Hostile_windows_make_no_reissue_loop() =>
        Gen.Select(Lifetimes, Windows.List[1, 40], Gen.Bool).Sample((lifetime, windows, alwaysPast) => IsNoLoop(lifetime, alwaysPast ? [(-1, 0.5)] : windows), iter: 3000);

    /// <summary>The worst there is: each window that counts as on time forgives one in the past.</summary>
    [Theory]
    [InlineData(0.43)]
    [InlineData(0.4441542948907043)]
    [InlineData(0.47)]
    [InlineData(0.5)]
    public void Windows_that_are_early_and_on_time_by_turns_make_none(double onTime) => Assert.True(IsNoLoop(TimeSpan.FromDays(45), [(onTime, 5.756E-6), (-715.36, 0.11)]));

    private static bool IsNoLoop(TimeSpan lifetime, IReadOnlyList<(double Start, double Length)> windows)
    {
        var (schedule, now, renewals) = (Schedule.Empty, Now, 0);
        var end = Now + (lifetime * 20);
        for (; now < end; renewals++)
        {
            var served = Served(lifetime, renewals) with { NotBefore = now, NotAfter = now + lifetime };
            var (start, length) = windows[renewals % windows.Count];
            schedule = schedule with { Renewal = RenewalHints.After(served, null, Info(served, start, length), now) };
            var due = RenewalTime.DueAt(served, schedule, Policy);
            if (due > now) now = due;
            schedule = schedule with { EarlyRenewals = RenewalTime.EarlyRenewalsAfter(served, schedule, Policy, now) };
        }

        var usual = 20 / (lifetime < TimeSpan.FromDays(10) ? 0.5 : 2 / 3.0);
        return renewals <= 4 + (2.8 * usual);
    }

    [Fact]
    public void The_first_early_renewal_is_at_once_and_the_next_ones_wait_longer_and_longer()
    {
        var (schedule, now, ages) = (Schedule.Empty, Now, new List<double>());
        for (var renewal = 0; renewal < 6; renewal++)
        {
            var served = Served(TimeSpan.FromDays(90), renewal) with { NotBefore = now, NotAfter = now.AddDays(90) };
            schedule = schedule with { Renewal = RenewalHints.After(served, null, Info(served, -1, 0.5), now) };
            var due = RenewalTime.DueAt(served, schedule, Policy);
            ages.Add(Math.Round((due - now) / TimeSpan.FromDays(60), 1));
            now = due;
            schedule = schedule with { EarlyRenewals = RenewalTime.EarlyRenewalsAfter(served, schedule, Policy, now) };
        }

        Assert.Equal([0, 0.1, 0.2, 0.5, 0.5, 0.5], ages);
    }

    [Fact]
    public void Certificates_that_came_on_time_make_up_for_an_early_one()
    {
        var served = Served(TimeSpan.FromDays(90), 1);
        var schedule = new Schedule { EarlyRenewals = 2 };

        Assert.Equal(3, RenewalTime.EarlyRenewalsAfter(served, schedule, Policy, Now.AddDays(20)));
        Assert.Equal(2, RenewalTime.EarlyRenewalsAfter(served, schedule, Policy, Now.AddDays(35)));
        Assert.Equal(1, RenewalTime.EarlyRenewalsAfter(served, schedule, Policy, Now.AddDays(60)));
    }

    [Fact]
    public void A_changed_wish_forgets_neither_what_the_ca_said_nor_how_often_it_hurried()
    {
        var served = Served(TimeSpan.FromDays(90), 1);
        var schedule = Hinted(served, 0.5, 0.1) with { WishPrint = "before", EarlyRenewals = 2 };

        var changed = ScheduleChanges.For(schedule, "after");

        Assert.Equal((schedule.Renewal, 2), (changed.Renewal, changed.EarlyRenewals));
    }

    [Theory]
    [InlineData(0, 60)]
    [InlineData(59, 60)]
    [InlineData(7200, 7200)]
    [InlineData(86_400, 86_400)]
    [InlineData(864_000, 86_400)]
    [InlineData(null, 21_600)]
    public void The_next_look_is_when_the_ca_says_between_a_minute_and_a_day(int? retryAfter, int expected)
    {
        var served = Served(TimeSpan.FromDays(90), 1);
        var window = Info(served, 0.6, 0.1);
        var info = new AcmeRenewalInfo(window.Start, window.End) { RetryAfter = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null };

        Assert.Equal(Now.AddSeconds(expected), RenewalHints.After(served, null, info, Now).NextFetch);
    }

    [Fact]
    public void Faults_that_may_pass_are_tried_again_sooner_a_few_times_and_then_every_six_hours()
    {
        var served = Served(TimeSpan.FromDays(90), 1);
        var (hint, pauses) = (RenewalHints.After(served, null, Info(served, 0.6, 0.1), Now), new List<int>());
        for (var failure = 0; failure < 6; failure++)
        {
            hint = RenewalHints.AfterFailure(served, hint, mayPass: true, null, Now);
            pauses.Add((int)((hint.NextFetch - Now).TotalMinutes / 1.1 + 0.5));
        }

        Assert.Equal([1, 4, 15, 60, 330, 330], pauses.Select(pause => pause switch { >= 15 and <= 16 => 15, >= 58 and <= 64 => 60, >= 327 and <= 360 => 330, _ => pause }));
        Assert.NotNull(hint.Window);
        Assert.InRange(RenewalHints.AfterFailure(served, null, mayPass: false, null, Now).NextFetch, Now.AddHours(6), Now.AddHours(6.6));
    }

    [Fact]
    public void A_certificate_is_not_asked_about_when_it_has_expired_or_has_no_id()
    {
        var served = Served(TimeSpan.FromDays(90), 1);

        Assert.Equal(Now, RenewalHints.NextFetch(served, Schedule.Empty, Now));
        Assert.Null(RenewalHints.NextFetch(served, Schedule.Empty, served.NotAfter));
        Assert.Null(RenewalHints.NextFetch(served with { RenewalId = null }, Schedule.Empty, Now));
        Assert.Null(RenewalHints.NextFetch(served, new Schedule { Renewal = new RenewalHint(served.Generation, served.NotAfter) }, served.NotAfter.AddMinutes(-1)));
    }

    [Fact]
    public void A_next_look_beyond_all_reason_is_a_clock_that_was_wrong()
    {
        var served = Served(TimeSpan.FromDays(90), 1);

        Assert.Equal(Now, RenewalHints.NextFetch(served, new Schedule { Renewal = new RenewalHint(served.Generation, Now.AddDays(10)) }, Now));
    }

    private static Schedule Hinted(CertificateFacts served, double start, double length) => new() { Renewal = RenewalHints.After(served, null, Info(served, start, length), Now) };

    private static AcmeRenewalInfo Info(CertificateFacts served, double start, double length) =>
        new(served.NotBefore + (served.Lifetime * start), served.NotBefore + (served.Lifetime * (start + length)));

    private static CertificateFacts Served(TimeSpan lifetime, int seed) =>
        new("shop.test", $"g{seed}", new SubjectNameSet(["shop.test"]), AcmeKeyType.P256, KeyFamily.P256, new CaKey(TestCa.DirectoryUrl), null, Now, Now + lifetime) { RenewalId = "a.b" };
}
