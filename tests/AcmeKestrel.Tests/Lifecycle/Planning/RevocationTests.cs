using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning.Revocations;

namespace AcmeKestrel.Tests.Lifecycle.Planning;

/// <summary>When the CA is asked to revoke, and where a revocation stands, as functions of values.</summary>
public sealed class RevocationTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly CertificateFacts One = Facts("one");
    private static readonly CertificateFacts Other = Facts("other");

    private readonly Revocation _asked = new(Now, AcmeRevocationReason.Superseded, ["one"]);

    [Fact]
    public void A_wait_that_is_longer_than_any_is_over()
    {
        var kept = _asked with { NextAttempt = Now + Waits.LongestAsked };
        var ahead = _asked with { NextAttempt = Now + Waits.LongestAsked + TimeSpan.FromTicks(1) };

        Assert.Equal((false, true), (kept.IsDue(Other, isWished: true, Now), ahead.IsDue(Other, isWished: true, Now)));
        Assert.Equal((kept.NextAttempt, null), (kept.DueAfter(Now), ahead.DueAfter(Now)));
    }

    [Fact]
    public void Where_it_stands_is_told_by_what_the_label_has()
    {
        var revoked = _asked with { Revoked = ["one"] };

        Assert.Equal((RevocationStage.Replacing, RevocationStage.Revoked), (_asked.StageOf(One, isWished: true), revoked.StageOf(One, isWished: true)));
        Assert.Equal((RevocationStage.Asking, null), (_asked.StageOf(Other, isWished: true), revoked.StageOf(Other, isWished: true)));
        Assert.Equal((RevocationStage.Asking, null), (_asked.StageOf(One, isWished: false), revoked.StageOf(One, isWished: false)));
        Assert.Equal(RevocationStage.Asking, _asked.StageOf(null, isWished: true));
    }

    /// <summary>The CA has revoked what is served: waiting for its replacement spares no visitor anything.</summary>
    [Fact]
    public void What_is_left_of_an_older_one_does_not_wait_where_the_present_one_is_revoked_already()
    {
        var both = _asked with { Generations = ["one", "other"] };

        Assert.False(both.IsDue(Other, isWished: true, Now));
        Assert.True((both with { Revoked = ["other"] }).IsDue(Other, isWished: true, Now));
        Assert.False((both with { Revoked = ["other"], NextAttempt = Now.AddMinutes(1) }).IsDue(Other, isWished: true, Now));
        Assert.Contains("is to be revoked", both.NeedOf(Other)!.Text, StringComparison.Ordinal);
        Assert.Contains("is revoked", (both with { Revoked = ["other"] }).NeedOf(Other)!.Text, StringComparison.Ordinal);
    }

    private static CertificateFacts Facts(string generation) =>
        new("shop.test", generation, new SubjectNameSet(["shop.test"]), AcmeKeyType.P256, KeyFamily.P256, new CaKey(TestCa.DirectoryUrl), null, Now, Now.AddDays(90));
}
