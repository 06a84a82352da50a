using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>A hook is asked before an order, and obeyed while there is time.</summary>
public sealed class VetoTests
{
    private readonly HookScene _scene = new();
    private readonly ToldHook _hook = new("window", AcmeHookEvent.Renewing);

    public VetoTests() => _scene.Hooks.Add(_hook);

    [Fact]
    public async Task Each_order_is_asked_for_before_and_the_first_one_is_made_whatever_is_said()
    {
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Veto("not on Fridays"));
        await using var edge = await _scene.StartAsync(Wishes.Of("shop.test"));

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);

        var call = Assert.Single(_hook.Calls);
        Assert.Equal((AcmeHookEvent.Renewing, "no certificate yet"), (call.Event, call.Certificates[0].Reason));
        var vetoed = Assert.Single(edge.Events.All.OfType<LabelEvent.Vetoed>());
        Assert.Null(vetoed.Until);
    }

    [Fact]
    public async Task A_veto_holds_the_renewal_until_the_next_cycle_over_a_restart_too()
    {
        await using (var edge = await _scene.StartAsync(Wishes.Of("shop.test")))
        {
            await edge.SettleAsync("shop.test");
            _hook.Calls.Clear();
            _hook.Answer = _ => Task.FromResult(AcmeHookResult.Veto("not on Fridays"));
            while (_hook.Calls.Count == 0) await edge.RunAsync(TimeSpan.FromHours(1));

            var status = edge.Status("shop.test");
            Assert.Equal(AcmeCertificateState.Held, status.State);
            Assert.Contains("the hook code.window does not want it now: not on Fridays", status.Reason, StringComparison.Ordinal);
            Assert.Equal(ObstacleKind.HookVeto, edge.Entry("shop.test").Facts.Obstacle!.Kind);
        }

        await using var second = await _scene.StartAsync(Wishes.Of("shop.test"));
        await second.RunAsync(TimeSpan.FromHours(10));
        Assert.Single(_hook.Calls);
        await second.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal(2, _hook.Calls.Count);

        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Done);
        await second.RunAsync(TimeSpan.FromHours(13));
        Assert.Equal(2, _scene.Ca.Certificates.Count);
        Assert.Null(second.Entry("shop.test").Schedule.Veto);
    }

    [Fact]
    public async Task In_the_last_eighth_of_its_life_a_certificate_is_renewed_whatever_is_said()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        var certificate = edge.Entry("shop.test").Certificate!;
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Veto("never"));

        await edge.RunUntilAsync(certificate.NotBefore + (certificate.Lifetime * 0.87));
        Assert.Single(_scene.Ca.Certificates);
        await edge.RunUntilAsync(certificate.NotBefore + (certificate.Lifetime * 0.876));

        Assert.Equal(2, _scene.Ca.Certificates.Count);
    }

    [Fact]
    public async Task One_that_cannot_be_asked_keeps_nothing_from_being_ordered()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        _hook.Answer = _ => throw new InvalidOperationException("broken");

        await edge.RunAsync(TimeSpan.FromDays(62));

        Assert.Equal(2, _scene.Ca.Certificates.Count);
    }

    /// <summary>Whoever asks is told why not, and nothing goes in circles.</summary>
    [Fact]
    public async Task A_renewal_that_somebody_asks_for_asks_the_hook_too()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        _hook.Calls.Clear();
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Veto("not now"));

        var asked = edge.Get<LabelDesk>().RenewAsync("shop.test", CancellationToken.None);
        await edge.RunAsync(TimeSpan.Zero);

        var status = await asked;
        Assert.Equal(AcmeCertificateState.Held, status!.State);
        Assert.Contains("not now", status.Reason, StringComparison.Ordinal);
        Assert.Single(_hook.Calls);
        Assert.Single(_scene.Ca.Certificates);
    }

    [Theory]
    [InlineData((int)IssueReasonKind.RenewalDue, 0.70, 12.0)]
    [InlineData((int)IssueReasonKind.RenewalDue, 0.872, 6.48)]
    [InlineData((int)IssueReasonKind.RenewalDue, 0.88, null)]
    [InlineData((int)IssueReasonKind.Expired, 1.01, null)]
    [InlineData((int)IssueReasonKind.Revoked, 0.30, null)]
    public void A_veto_holds_no_longer_than_there_is_time(int because, double life, double? hours)
    {
        var certificate = Facts(TimeSpan.FromDays(90));
        var now = certificate.NotBefore + (certificate.Lifetime * life);

        var until = new HookVeto("code.window", null, now).HoldsUntil(certificate, (IssueReasonKind)because, now);

        Assert.Equal(hours, until is { } end ? Math.Round((end - now).TotalHours, 2) : null);
    }

    private static CertificateFacts Facts(TimeSpan life)
    {
        var begin = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
        return new("shop.test", "20261101T000000Z-00000000", new(["shop.test"]), AcmeKeyType.P256, default, new(TestCa.DirectoryUrl), null, begin, begin + life);
    }
}
