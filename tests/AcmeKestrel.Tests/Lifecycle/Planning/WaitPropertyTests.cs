using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning;
using CsCheck;

namespace AcmeKestrel.Tests.Lifecycle.Planning;

/// <summary>Whatever a label has lived through: no delay is nonsense, nothing but a limit or a CA's own wait outlasts a certificate, and the same situation gives the same decision.</summary>
public sealed class WaitPropertyTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly RenewalPolicy Policy = new(2 / 3.0, 0.5) { Ari = true };
    private static readonly Provider Provider = new TestSettings().Provider with { Limits = ProviderLimits.Usual };
    private static readonly AccountName Account = AccountName.Of(Provider, "ops@example.test");
    private static readonly Candidate Second = new(Provider with { Name = "second", DirectoryUrl = "https://second.test/dir" }, AccountName.Of(Provider with { DirectoryUrl = "https://second.test/dir" }, "ops@example.test"));
    private static readonly Wish Wish = Wishes.Of("shop.test");

    private static readonly TimeSpan[] Lives = [TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(6), TimeSpan.FromDays(45), TimeSpan.FromDays(90), TimeSpan.FromDays(398)];

    private static readonly Gen<TimeSpan> Life = Gen.Int[0, 5].Select(choice => Lives[choice]);

    private enum Happening
    {
        NotValidated,
        Refused,
        ForHuman,
        NoAnswer,
        RateLimited,
        Lost,
        TooSlow,
        WindowInThePast,
        Ordered,
    }

    [Fact]
    public void Nothing_but_a_limit_or_a_CAs_own_wait_outlasts_a_certificate_and_the_same_situation_gives_the_same_decision() =>
        Gen.Select(Life, Gen.Double[0, 1.05], Gen.Bool, Gen.Select(Gen.Enum<Happening>(), Gen.Double[0, 0.1]).Array[0, 12]).Sample((life, age, hasSecond, happenings) =>
        {
            var now = Start + (life * age);
            var served = new CertificateFacts("shop.test", "g", new SubjectNameSet(["shop.test"]), AcmeKeyType.P256, KeyFamily.P256, Provider.Ca, null, Start, Start + life) { AccountUrl = "https://ca.test/acct/1", RenewalId = "a.b" };
            var (schedule, ledger) = (Schedule.Empty with { WishPrint = WishPrint.Of(Wish, Provider) }, LedgerState.Empty with { Since = Start });
            foreach (var (happening, after) in happenings)
            {
                (schedule, ledger) = After(happening, schedule, ledger, served, now);
                now += life * after / 10;
            }

            var situation = new Situation("shop.test", Wish, Policy) { Certificate = served, Schedule = schedule, Candidates = [new Candidate(Provider, Account) { Ledger = ledger }, .. hasSecond ? (Candidate[])[Second] : []] };
            var decision = Planner.Decide(situation, now);

            // An order that was lost is not made again at once, whatever was met before it.
            if (happenings is [.., (Happening.Lost, _)]) Assert.IsNotType<Decision.Issue>(Planner.Decide(situation, schedule.FailedAt!.Value));
            Assert.Equal(decision.ToString(), Planner.Decide(situation with { Schedule = schedule with { FailingNames = [.. schedule.FailingNames] } }, now).ToString());
            if (decision.LookAt is not { } next) return;

            Assert.True(next > now || decision.IsToBeDone, $"{decision} at {now:u}");
            if (decision is Decision.Wait { Obstacle.Kind: ObstacleKind.LimitReached or ObstacleKind.RetryAfter }) return;

            // In its very last moments a CA is not hammered for it: what is left is less than the shortest wait.
            var shortest = life / 120 < TimeSpan.FromMinutes(1) ? life / 120 : TimeSpan.FromMinutes(1);
            if (now < served.NotAfter) Assert.True(next <= served.NotAfter || next <= now + shortest, $"{decision} at {now:u} outlasts {served.NotAfter:u}");
            else Assert.True(next <= now + Backoff.LongestDelay, $"{decision} at {now:u}");
        }, iter: 20_000);

    [Fact]
    public void No_delay_overflows_or_is_none_however_often_a_name_failed()
    {
        var (schedule, circuit, now) = (Schedule.Empty, (CircuitState?)null, Start);
        for (var failure = 1; failure <= 100_000; failure++)
        {
            schedule = ScheduleChanges.AfterFailure(schedule, Wish, Ended, Failure(OrderFailureKind.Validation), null, now);
            circuit = CircuitState.AfterFault(circuit is null ? null : circuit with { OpenUntil = now }, "no answer", null, null, isUrgent: false, now);
            if (failure > 1) Assert.InRange(schedule.NextAttempt!.Value - now, TimeSpan.FromMinutes(1), Backoff.LongestDelay);
            Assert.InRange(circuit.OpenUntil - now, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
            Assert.InRange(Backoff.AfterFaults(failure, "shop.test", null, null, now), TimeSpan.FromSeconds(2), Backoff.LongestDelay);
        }

        Assert.Equal((99_999, 100_000), (schedule.Failures, schedule.Tries));
    }

    private static EndedOrder Ended => new("id", ["shop.test"]) { Account = Account, LeadingChallenge = ChallengeTypes.TlsAlpn01 };

    private static OrderFailure Failure(OrderFailureKind kind, TimeSpan? retryAfter = null) => new(kind, "by chance", new Dictionary<string, string> { ["shop.test"] = "by chance" }, retryAfter);

    private static (Schedule Schedule, LedgerState Ledger) After(Happening happening, Schedule schedule, LedgerState ledger, CertificateFacts served, DateTimeOffset now) => happening switch
    {
        Happening.NotValidated => (ScheduleChanges.AfterFailure(schedule, Wish, Ended, Failure(OrderFailureKind.Validation), served, now), ledger.Debit(LedgerCosts.Failure(Provider.Limits, Account, "shop.test"), now)),
        Happening.Refused => (ScheduleChanges.AfterFailure(schedule, Wish, Ended, Failure(OrderFailureKind.Rejected), served, now), ledger),
        Happening.ForHuman => (ScheduleChanges.AfterRefusal(schedule, Ended, "visit our page first", served, now), ledger),
        Happening.RateLimited => (ScheduleChanges.AfterFailure(schedule, Wish, Ended, Failure(OrderFailureKind.Rejected, TimeSpan.FromDays(3)), served, now), ledger),
        Happening.NoAnswer => (schedule, ledger with { Circuit = CircuitState.AfterFault(ledger.Circuit, "no answer", null, Backoff.CapOf(served, now), isUrgent: !Backoff.IsUsable(served, now), now) }),
        Happening.Lost => (ScheduleChanges.AfterLoss(schedule, "shop.test", "id", "gone", served, now), ledger),
        Happening.TooSlow => (ScheduleChanges.AfterLeaving(schedule, Provider.DirectoryUrl, new LeftOrder.TooSlow(now.AddHours(-6)), served, now), ledger),
        Happening.WindowInThePast => (schedule with { Renewal = new RenewalHint("g", now.AddHours(6)) { Window = new RenewalWindow(Start.AddDays(-2), Start.AddDays(-1), Start.AddDays(-2), null) } }, ledger),
        _ => (schedule, ledger.Debit(LedgerCosts.Order(Provider.Limits, Account), now)),
    };
}
