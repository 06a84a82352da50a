using System.Diagnostics.Metrics;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Telemetry;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AcmeKestrel.Tests.Telemetry;

/// <summary>What an operator hears of a certificate that is revoked, or is to be, and that nothing replaces.</summary>
public sealed class RevocationHealthTests : RevocationScene
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly RenewalPolicy Policy = new(2.0 / 3, 0.5);
    private static readonly Wish Wished = Wishes.Of(Shop);

    [Fact]
    public async Task A_certificate_that_the_ca_has_revoked_degrades_at_once_fails_after_an_hour_and_is_well_when_it_is_replaced()
    {
        World.Options.CrlDistributionPoint = true;
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wished);
        await edge.RunAsync(TimeSpan.FromSeconds(5));
        using var heard = Hear(edge);
        await (await edge.AccountAsync(World.Settings.Provider, AccountEdge.Email)).RevokeAsync(edge.Published.Current[Shop].Chain.Leaf, 4, Token);
        FailValidations();

        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        var atOnce = await CheckAsync(edge);
        Assert.Equal((HealthStatus.Degraded, 1), (atOnce.Status, atOnce.Data["revoking"]));
        Assert.Contains("shop.test is revoked (superseded, ", atOnce.Description, StringComparison.Ordinal);
        Assert.Contains("nobody is there", atOnce.Description, StringComparison.Ordinal);
        Assert.Equal([("replacing", 0), ("revoked", 1), ("asking", 0)], Stages(heard));

        await edge.RunAsync(TimeSpan.FromHours(1));
        var late = await CheckAsync(edge);
        Assert.Equal((HealthStatus.Unhealthy, 1), (late.Status, late.Data["revoked"]));
        Assert.Equal(1, heard.Ask("acme.certificates")["acme.certificate.standing=revoked"]);

        World.Options.Validator = null;
        await edge.RunAsync(TimeSpan.FromDays(1.2));
        Assert.Equal((HealthStatus.Healthy, "1 certificates"), ((await CheckAsync(edge)).Status, (await CheckAsync(edge)).Description));
        Assert.Equal([("replacing", 0), ("revoked", 0), ("asking", 0)], Stages(heard));
    }

    [Fact]
    public async Task A_compromised_key_degrades_while_its_certificate_is_not_replaced_and_fails_once_that_is_revoked()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wished);
        using var heard = Hear(edge);
        FailValidations();

        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(edge)).Status);
        Assert.Contains("is to be revoked (key compromise, ", (await CheckAsync(edge)).Description, StringComparison.Ordinal);
        Assert.Equal([("replacing", 1), ("revoked", 0), ("asking", 0)], Stages(heard));

        await edge.RunAsync(TimeSpan.FromHours(25));
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(edge)).Status);
        Assert.Equal([("replacing", 0), ("revoked", 1), ("asking", 0)], Stages(heard));
    }

    [Fact]
    public async Task A_ca_that_does_not_revoke_what_was_replaced_degrades_and_the_metric_knows_labels_that_nobody_wishes()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wished);
        using var heard = Hear(edge);
        World.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(400, "malformed", "what?") : next(request);

        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        var refused = await CheckAsync(edge);
        Assert.Equal(HealthStatus.Degraded, refused.Status);
        Assert.Contains("was replaced, and is not revoked yet (superseded, ", refused.Description, StringComparison.Ordinal);
        Assert.Contains("what?", refused.Description, StringComparison.Ordinal);
        Assert.Equal([("replacing", 0), ("revoked", 0), ("asking", 1)], Stages(heard));

        edge.Drop(Shop);
        await edge.RunAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(edge)).Status);
        Assert.Equal([("replacing", 0), ("revoked", 0), ("asking", 1)], Stages(heard));

        World.Answer = (request, next) => next(request);
        await edge.RunAsync(TimeSpan.FromDays(1.2));
        Assert.Equal([("replacing", 0), ("revoked", 0), ("asking", 0)], Stages(heard));
    }

    /// <summary>The CA will not revoke what was replaced days ago, and revokes what has its place.</summary>
    [Fact]
    public async Task One_that_is_found_revoked_while_an_older_revocation_is_open_is_late_by_its_own_time()
    {
        World.Options.CrlDistributionPoint = true;
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wished);
        World.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(400, "malformed", "what?") : next(request);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        var second = edge.Published.Current[Shop];
        await edge.RunAsync(TimeSpan.FromDays(3));
        var refusing = World.Answer;
        World.Answer = (request, next) => next(request);
        await (await edge.AccountAsync(World.Settings.Provider, AccountEdge.Email)).RevokeAsync(second.Chain.Leaf, 5, Token);
        (World.Answer, var found) = (refusing, World.Time.GetUtcNow());
        FailValidations();

        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(edge)).Status);
        Assert.Contains("shop.test is revoked (", (await CheckAsync(edge)).Description, StringComparison.Ordinal);
        var revocation = edge.Status(Shop).Revocation!;
        Assert.Equal((true, null), (revocation.IsRevoked, revocation.Problem));
        Assert.InRange(revocation.Since, found, found.AddMinutes(1));

        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(edge)).Status);
    }

    [Fact]
    public void A_replacement_that_was_asked_for_is_given_the_time_of_a_renewal()
    {
        var facts = Facts(new Revocation(Start, AcmeRevocationReason.Superseded, ["one"]));
        var late = Start + CertificateOutlook.Attempt(facts.Certificate!.Lifetime);

        Assert.Equal(
            [CertificateStanding.Good, CertificateStanding.Good, CertificateStanding.Revoking, CertificateStanding.Revoking],
            new[] { Start, late.AddTicks(-1), late, late.AddDays(30) }.Select(now => Of(facts, now)));
        Assert.Equal(CertificateStanding.Revoking, Of(facts with { Schedule = new Schedule { FailedAt = Start } }, Start));
        Assert.Equal(CertificateStanding.Good, Of(facts with { Schedule = new Schedule { FailedAt = Start.AddTicks(-1) } }, Start));
        Assert.Equal(CertificateStanding.Revoking, Of(facts with { Obstacle = new Obstacle(ObstacleKind.AccountUnusable, "terms") }, Start));
        Assert.Equal(CertificateStanding.Good, Of(facts with { Obstacle = new Obstacle(ObstacleKind.CaAtWork, "the CA works") }, Start));
    }

    [Fact]
    public void What_is_revoked_stands_badly_at_once_and_worse_when_its_replacement_is_late()
    {
        var facts = Facts(new Revocation(Start, AcmeRevocationReason.Superseded, ["one"]) { Revoked = ["one"] });
        var late = Start + CertificateOutlook.Attempt(facts.Certificate!.Lifetime);

        Assert.Equal(
            [CertificateStanding.Revoking, CertificateStanding.Revoking, CertificateStanding.Revoked, CertificateStanding.Revoked, CertificateStanding.Expired],
            new[] { Start, late.AddTicks(-1), late, Start.AddDays(85), Start.AddDays(90) }.Select(now => Of(facts, now)));
        Assert.Equal(CertificateStanding.Ending, Of(facts with { Revocation = facts.Revocation! with { Since = Start.AddDays(85) } }, Start.AddDays(85)));
    }

    /// <summary>One that was asked for while the clock was a year ahead is no reason to say nothing for a year.</summary>
    [Fact]
    public void A_moment_that_is_still_to_come_is_late() =>
        Assert.Equal(CertificateStanding.Revoked, Of(Facts(new Revocation(Start.AddYears(1), AcmeRevocationReason.Superseded, ["one"]) { Revoked = ["one"] }), Start));

    [Fact]
    public void What_was_replaced_is_the_cas_to_revoke_and_told_when_that_fails_or_takes_long()
    {
        var asking = Facts(new Revocation(Start, AcmeRevocationReason.Superseded, ["before"]));
        var late = Start + CertificateOutlook.Attempt(asking.Certificate!.Lifetime);

        Assert.Equal((CertificateStanding.Good, CertificateStanding.Revoking), (Of(asking, Start), Of(asking, late)));
        Assert.Equal(CertificateStanding.Revoking, Of(asking with { Revocation = asking.Revocation! with { Problem = "busy" } }, Start));
        Assert.Equal(CertificateStanding.Good, Of(asking with { Revocation = asking.Revocation! with { Revoked = ["before"] } }, late));
    }

    private static CertificateStanding Of(LabelFacts facts, DateTimeOffset now) => CertificateOutlook.Of(Wished, facts, Policy, now).Standing;

    private static LabelFacts Facts(Revocation revocation)
    {
        var certificate = new CertificateFacts(Shop, "one", new SubjectNameSet([Shop]), AcmeKeyType.P256, KeyFamily.P256, new CaKey(Tests.Lifecycle.TestCa.DirectoryUrl), null, Start, Start.AddDays(90));
        return new LabelFacts(certificate, Schedule.Empty) { Revocation = revocation };
    }

    private static IEnumerable<(string Stage, int Count)> Stages(HeardMetrics heard) => heard.Ask("acme.revocations").Select(one => (one.Key["acme.revocation.stage=".Length..], (int)one.Value));

    private static Task<HealthCheckResult> CheckAsync(Edge edge)
    {
        var check = edge.Get<AcmeHealthCheck>();
        return check.CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("acme", check, null, null) }, Token);
    }

    private static HeardMetrics Hear(Edge edge)
    {
        edge.Get<CertificateGauges>();
        return new HeardMetrics(edge.Get<IMeterFactory>());
    }

    private void FailValidations() => World.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));
}
