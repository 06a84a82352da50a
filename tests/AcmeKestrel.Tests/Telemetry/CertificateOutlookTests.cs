using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Telemetry;
using AcmeKestrel.Tests.Lifecycle;
using CsCheck;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AcmeKestrel.Tests.Telemetry;

/// <summary>What health and alerts are made of, as a function of values.</summary>
public sealed class CertificateOutlookTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly RenewalPolicy Policy = new(2.0 / 3, 0.5);
    private static readonly Wish Shop = Wishes.Of("shop.test");

    [Theory]
    [InlineData(90 * 24)]
    [InlineData(45 * 24)]
    [InlineData(6 * 24)]
    [InlineData(1)]
    public void A_certificate_is_good_then_overdue_one_attempt_past_its_renewal_then_ending_at_nine_tenths_then_expired(int hours)
    {
        var facts = Facts(TimeSpan.FromHours(hours));
        var certificate = facts.Certificate!;
        var due = RenewalTime.DueAt(certificate, facts.Schedule, Policy);
        var late = due + CertificateOutlook.Attempt(certificate.Lifetime);
        var ending = certificate.NotBefore + (certificate.Lifetime * 0.9);
        var tick = TimeSpan.FromTicks(1);

        Assert.Equal(
            [
                CertificateStanding.Good, CertificateStanding.Good, CertificateStanding.Good,
                CertificateStanding.Overdue, CertificateStanding.Overdue,
                CertificateStanding.Ending, CertificateStanding.Ending,
                CertificateStanding.Expired,
            ],
            new[] { Start, due, late - tick, late, ending - tick, ending, certificate.NotAfter - tick, certificate.NotAfter }.Select(now => Of(facts, now).Standing));
    }

    [Fact]
    public void A_renewal_that_failed_once_is_overdue_at_once_and_one_that_failed_before_it_was_due_is_not()
    {
        var facts = Facts(TimeSpan.FromDays(90));
        var due = RenewalTime.DueAt(facts.Certificate!, facts.Schedule, Policy);

        Assert.Equal(CertificateStanding.Overdue, Of(facts with { Schedule = new Schedule { FailedAt = due } }, due).Standing);
        Assert.Equal(CertificateStanding.Good, Of(facts with { Schedule = new Schedule { FailedAt = due.AddSeconds(-1) } }, due).Standing);
    }

    [Fact]
    public void A_name_without_a_certificate_is_waited_for_until_something_stands_in_the_way()
    {
        var none = new LabelFacts(null, Schedule.Empty);

        Assert.Equal(CertificateStanding.Waiting, Of(none, Start).Standing);
        Assert.Equal(CertificateStanding.Waiting, Of(none with { Obstacle = new Obstacle(ObstacleKind.CaAtWork, "the CA works") }, Start).Standing);
        Assert.Equal(CertificateStanding.Missing, Of(none with { Obstacle = new Obstacle(ObstacleKind.AccountUnusable, "terms") }, Start).Standing);
        Assert.Equal(CertificateStanding.Missing, Of(none with { Schedule = new Schedule { FailedAt = Start, Problem = "no" } }, Start).Standing);
    }

    [Fact]
    public void A_certificate_without_one_of_the_wished_names_is_missing_only_when_that_name_cannot_be_had()
    {
        var wish = Wishes.Of("shop.test", ["shop.test", "new.test"]);
        var facts = Facts(TimeSpan.FromDays(90));

        Assert.Equal(CertificateStanding.Good, CertificateOutlook.Of(wish, facts, Policy, Start).Standing);
        Assert.Equal(CertificateStanding.Missing, CertificateOutlook.Of(wish, facts with { Obstacle = new Obstacle(ObstacleKind.Backoff, "new.test: nobody is there") }, Policy, Start).Standing);
    }

    /// <summary>Health never gets better by waiting: what mends it is another certificate.</summary>
    [Fact]
    public void A_certificate_only_gets_worse_with_time() =>
        Gen.Select(Gen.OneOf(2160, 1080, 144, 1), Gen.Double[0, 1.2], Gen.Double[0, 1.2], Gen.Bool, Gen.Int[0, 2]).Sample((hours, one, other, failed, revoked) =>
        {
            var facts = Facts(TimeSpan.FromHours(hours));
            var life = facts.Certificate!.Lifetime;
            if (failed) facts = facts with { Schedule = new Schedule { FailedAt = Start + (life * 0.7) } };
            if (revoked > 0) facts = facts with { Revocation = new Revocation(Start, AcmeRevocationReason.Superseded, ["one"]) { Revoked = revoked > 1 ? ["one"] : [] } };
            return Of(facts, Start + (life * Math.Min(one, other))).Standing <= Of(facts, Start + (life * Math.Max(one, other))).Standing;
        });

    [Theory]
    [InlineData(CertificateStanding.Good, HealthStatus.Healthy)]
    [InlineData(CertificateStanding.Waiting, HealthStatus.Healthy)]
    [InlineData(CertificateStanding.Missing, HealthStatus.Degraded)]
    [InlineData(CertificateStanding.Overdue, HealthStatus.Degraded)]
    [InlineData(CertificateStanding.Revoking, HealthStatus.Degraded)]
    [InlineData(CertificateStanding.Revoked, HealthStatus.Unhealthy)]
    [InlineData(CertificateStanding.Ending, HealthStatus.Unhealthy)]
    [InlineData(CertificateStanding.Expired, HealthStatus.Unhealthy)]
    internal void One_certificate_decides_the_verdict_and_is_named_in_it(CertificateStanding standing, HealthStatus status)
    {
        var verdict = HealthVerdict.Of([Standing("good.test", CertificateStanding.Good), Standing("shop.test", standing)], null, null);

        Assert.Equal(status, verdict.Status);
        Assert.Equal(status != HealthStatus.Healthy, verdict.Description.Contains("shop.test", StringComparison.Ordinal));
    }

    [Fact]
    public void A_state_that_may_be_lost_is_unhealthy_and_certificates_that_nobody_is_shown_are_degraded()
    {
        Assert.Equal(HealthStatus.Unhealthy, HealthVerdict.Of([], "the state is in memory", null).Status);
        Assert.Equal(HealthStatus.Degraded, HealthVerdict.Of([], null, "the endpoint chooses by itself").Status);
        Assert.Equal((HealthStatus.Degraded, true), (HealthVerdict.Of([], null, null, 2).Status, HealthVerdict.Of([], null, null, 2).Description.Contains("no wishes: 2", StringComparison.Ordinal)));
        Assert.Equal((HealthStatus.Degraded, true), (HealthVerdict.Of([], null, null, trouble: "the engine is away").Status, HealthVerdict.Of([], null, null, trouble: "the engine is away").Description.Contains("nothing is ordered: the engine is away", StringComparison.Ordinal)));
        Assert.Equal((HealthStatus.Healthy, "0 certificates"), (HealthVerdict.Of([], null, null).Status, HealthVerdict.Of([], null, null).Description));
    }

    [Fact]
    public void Of_many_bad_ones_the_ten_worst_are_named_and_the_others_counted()
    {
        var many = Enumerable.Range(0, 500).Select(i => Standing($"n{i:000}.test", CertificateStanding.Overdue)).Append(Standing("zz.test", CertificateStanding.Expired));

        var verdict = HealthVerdict.Of(many, null, null);

        Assert.StartsWith("0 of 501 certificates are good; zz.test ended", verdict.Description, StringComparison.Ordinal);
        Assert.Contains("n008.test", verdict.Description, StringComparison.Ordinal);
        Assert.DoesNotContain("n009.test", verdict.Description, StringComparison.Ordinal);
        Assert.EndsWith("and 491 more", verdict.Description, StringComparison.Ordinal);
    }

    private static CertificateOutlook Of(LabelFacts facts, DateTimeOffset now) => CertificateOutlook.Of(Shop, facts, Policy, now);

    private static CertificateOutlook Standing(string label, CertificateStanding standing) => new(label, "test", standing, Start, Start);

    private static LabelFacts Facts(TimeSpan lifetime) => new(
        new CertificateFacts("shop.test", "one", new SubjectNameSet(["shop.test"]), AcmeKeyType.P256, KeyFamily.P256, new CaKey(TestCa.DirectoryUrl), null, Start, Start + lifetime), Schedule.Empty);
}
