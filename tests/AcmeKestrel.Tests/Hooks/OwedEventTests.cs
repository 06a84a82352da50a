using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>Failures, ends and revocations.</summary>
public sealed class OwedEventTests
{
    private readonly HookScene _scene = new();
    private readonly ToldHook _hook = new("hook", AcmeHookEvent.Failed, AcmeHookEvent.Expiring, AcmeHookEvent.Revoked);

    public OwedEventTests() => _scene.Hooks.Add(_hook);

    [Fact]
    public async Task A_failed_order_is_told_with_its_reason()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of("shop.test", ["shop.test"], challenges: [ChallengeTypes.Http01]));
        edge.Reach = (_, _) => "nobody is there";
        await edge.SettleAsync("shop.test");

        await HookScene.DeliverAsync(edge);

        Assert.Equal(["Failed shop.test"], _hook.Told);
        var certificate = _hook.Calls[0].Certificates[0];
        Assert.Contains("nobody is there", certificate.Reason, StringComparison.Ordinal);
        Assert.Equal(["shop.test"], certificate.Names);
        Assert.Null(certificate.Generation);
    }

    [Fact]
    public async Task Of_failures_that_were_not_told_the_last_one_is()
    {
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Failed("no"));
        await using var edge = await _scene.StartAsync(Wishes.Of("shop.test", ["shop.test"], challenges: [ChallengeTypes.Http01]));
        edge.Reach = (_, _) => "nobody is there";
        await edge.RunAsync(TimeSpan.FromHours(2));
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Done);

        await _scene.DeliverAsync(edge, TimeSpan.FromHours(1));

        Assert.Single(_hook.Calls);
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
    }

    [Fact]
    public async Task A_certificate_that_ends_is_told_once_for_each_over_a_restart_too()
    {
        await using (var edge = await _scene.StartAsync(Wishes.Of("shop.test")))
        {
            await edge.SettleAsync("shop.test");
            edge.Reach = (_, _) => "nobody is there";
            var certificate = edge.Entry("shop.test").Certificate!;
            await edge.RunUntilAsync(certificate.NotBefore + (certificate.Lifetime * 0.89));
            await LookAsync(edge);
            Assert.DoesNotContain(_hook.Calls, call => call.Event is AcmeHookEvent.Expiring);

            await edge.RunUntilAsync(certificate.NotBefore + (certificate.Lifetime * 0.91));
            await LookAsync(edge);
            await LookAsync(edge);
            var told = Assert.Single(_hook.Calls, call => call.Event is AcmeHookEvent.Expiring).Certificates[0];
            Assert.Equal((certificate.Generation, certificate.NotAfter), (told.Generation, told.NotAfter));
        }

        await using var second = await _scene.StartAsync(Wishes.Of("shop.test"));
        await LookAsync(second);
        Assert.Single(_hook.Calls, call => call.Event is AcmeHookEvent.Expiring);
    }

    [Fact]
    public async Task A_revocation_that_the_CA_made_is_told()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        var former = edge.Entry("shop.test").Certificate!;

        edge.Entry("shop.test").Post(new LabelRequest { Revokes = new RevocationRequest(AcmeRevocationReason.KeyCompromise) { Found = former.Generation } });
        edge.Get<Dispatcher>().Wake("shop.test");
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        await HookScene.DeliverAsync(edge);

        var told = Assert.Single(_hook.Calls, call => call.Event is AcmeHookEvent.Revoked).Certificates[0];
        Assert.Equal((former.Generation, former.NotAfter), (told.Generation, told.NotAfter));
        Assert.StartsWith("by the CA", told.Reason, StringComparison.Ordinal);
    }

    /// <summary>Two looks at the list before the label was at work.</summary>
    [Fact]
    public async Task What_is_found_revoked_twice_is_told_once()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        var former = edge.Entry("shop.test").Certificate!;

        for (var look = 0; look < 2; look++) edge.Entry("shop.test").Post(new LabelRequest { Revokes = new RevocationRequest(AcmeRevocationReason.Superseded) { Found = former.Generation } });
        edge.Get<Dispatcher>().Wake("shop.test");
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        await HookScene.DeliverAsync(edge);

        Assert.Single(_hook.Calls, call => call.Event is AcmeHookEvent.Revoked);
        Assert.Single(edge.Events.All.OfType<LabelEvent.RevocationBegun>());
    }

    /// <summary>A notice that never succeeds is no other one's.</summary>
    [Fact]
    public async Task What_cannot_be_told_of_one_certificate_is_told_of_the_others()
    {
        _hook.Answer = call => Task.FromResult(call.Certificates[0].Label == "bad.test" ? AcmeHookResult.Failed("no") : AcmeHookResult.Done);
        await using var edge = await _scene.StartAsync(Wishes.Of("bad.test", ["bad.test"], challenges: [ChallengeTypes.Http01]), Wishes.Of("good.test", ["good.test"], challenges: [ChallengeTypes.Http01]));
        edge.Reach = (_, _) => "nobody is there";
        await edge.RunAsync(TimeSpan.FromSeconds(10));

        await HookScene.DeliverAsync(edge);

        Assert.Equal(["Failed bad.test", "Failed good.test"], _hook.Told.Order());
        Assert.Equal(["bad.test"], Assert.Single(edge.Get<IAcmeHooks>().List()).PendingLabels);
    }

    /// <summary>One record that cannot be written is its own label's trouble, whichever is looked at first.</summary>
    [Theory]
    [InlineData("one.test", "two.test")]
    [InlineData("two.test", "one.test")]
    public async Task An_end_that_cannot_be_written_down_keeps_no_other_one_untold(string bad, string good)
    {
        await using var edge = await _scene.StartAsync(Wishes.Of(bad), Wishes.Of(good));
        foreach (var label in new[] { bad, good }) await edge.SettleAsync(label);
        edge.Reach = (_, _) => "nobody is there";
        var certificate = edge.Entry(bad).Certificate!;
        await edge.RunUntilAsync(certificate.NotBefore + (certificate.Lifetime * 0.92));
        await HookScene.DeliverAsync(edge);
        _scene.Records.BeforeWrite = key =>
        {
            if (key == DeliveryRecord.Key(bad)) throw new StoreUnavailableException("The disk does not answer.");
        };

        await LookAsync(edge);
        Assert.Equal([good], Told());
        _scene.Records.BeforeWrite = _ => { };
        await LookAsync(edge);

        Assert.Equal([good, bad], Told());

        IEnumerable<string> Told() => _hook.Calls.Where(call => call.Event is AcmeHookEvent.Expiring).SelectMany(call => call.Certificates).Select(of => of.Label);
    }

    private static async Task LookAsync(Edge edge)
    {
        await edge.Get<EndingCertificates>().LookAsync(CancellationToken.None);
        await HookScene.DeliverAsync(edge);
    }
}
