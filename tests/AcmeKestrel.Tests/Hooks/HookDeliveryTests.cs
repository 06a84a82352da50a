using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>What hooks are told, when, and how often.</summary>
public sealed class HookDeliveryTests
{
    private static readonly TimeSpan Gathered = TimeSpan.FromSeconds(3);
    private readonly HookScene _scene = new();

    [Fact]
    public async Task A_certificate_that_comes_is_told_and_what_programs_find_as_well()
    {
        var hook = Hook(AcmeHookEvent.Issued, AcmeHookEvent.LiveUpdated);
        await using var edge = await _scene.StartAsync(Wishes.Of("shop.test", ["shop.test", "www.shop.test"]));
        await edge.SettleAsync("shop.test");

        await _scene.DeliverAsync(edge, Gathered);

        Assert.Equal(["Issued shop.test", "LiveUpdated shop.test"], hook.Told);
        var certificate = hook.Calls[1].Certificates[0];
        Assert.Equal(edge.Entry("shop.test").Certificate!.Generation, certificate.Generation);
        Assert.Equal(["shop.test", "www.shop.test"], certificate.Names);
        Assert.Equal("/state/certs/shop.test", certificate.Path);
        Assert.Equal("/state", hook.Calls[1].StateDirectory);
        Assert.Equal(edge.Entry("shop.test").Certificate!.NotAfter, certificate.NotAfter);
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
    }

    /// <summary>A server that reads an exported file is reloaded by the hook.</summary>
    [Fact]
    public async Task What_is_exported_is_there_before_programs_are_told_of_it()
    {
        var folder = Directory.CreateTempSubdirectory("exports-");
        try
        {
            var path = Path.Combine(folder.FullName, "shop.pem");
            _scene.Settings.Exports = [new ExportSetting("Acme:Exports:0", "shop.test", ExportContent.Cert, path, UnixFileMode.UserRead | UnixFileMode.UserWrite)];
            var hook = Hook(AcmeHookEvent.LiveUpdated);
            var seen = new List<string>();
            hook.Answer = async _ =>
            {
                seen.Add(await File.ReadAllTextAsync(path));
                return AcmeHookResult.Done;
            };
            await using var edge = await _scene.StartAsync(Wishes.Of("shop.test"));
            await edge.SettleAsync("shop.test");

            await _scene.DeliverAsync(edge, Gathered);

            Assert.StartsWith("-----BEGIN CERTIFICATE-----", Assert.Single(seen), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Certificates_that_come_together_are_told_in_one_call()
    {
        var hook = Hook(AcmeHookEvent.LiveUpdated);
        var labels = Enumerable.Range(0, 20).Select(i => $"n{i:00}.shop.test").ToArray();
        await using var edge = await _scene.StartAsync([.. labels.Select(label => Wishes.Of(label))]);
        await edge.RunAsync(TimeSpan.FromSeconds(1));

        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(1));
        Assert.Empty(hook.Calls);
        await _scene.DeliverAsync(edge, Gathered);

        var call = Assert.Single(hook.Calls);
        Assert.Equal(labels, call.Certificates.Select(certificate => certificate.Label).Order());
    }

    [Fact]
    public async Task A_hook_that_fails_is_told_again_and_again_and_keeps_no_other_waiting()
    {
        var (broken, sound) = (Hook("broken", AcmeHookEvent.LiveUpdated), Hook("sound", AcmeHookEvent.LiveUpdated));
        broken.Answer = _ => Task.FromResult(AcmeHookResult.Failed("no server"));
        await using var edge = await _scene.StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");

        await _scene.DeliverAsync(edge, Gathered);
        Assert.Single(sound.Calls);
        var status = StatusOf(edge, "code.broken");
        Assert.Equal((1, 1, "no server"), (status.Pending, status.Failures, status.LastProblem));
        Assert.Equal(["shop.test"], status.PendingLabels);
        Assert.Equal(0, StatusOf(edge, "code.sound").Pending);

        foreach (var wait in (TimeSpan[])[TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1), TimeSpan.FromHours(1)])
        {
            var before = broken.Calls.Count;
            await _scene.DeliverAsync(edge, wait - TimeSpan.FromSeconds(1));
            Assert.Equal(before, broken.Calls.Count);
            await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(1));
            Assert.Equal(before + 1, broken.Calls.Count);
        }

        Assert.Single(broken.Calls.Select(call => call.Id).Distinct());
        Assert.Equal(Enumerable.Range(1, 7), broken.Calls.Select(call => call.Attempt));
        broken.Answer = _ => Task.FromResult(AcmeHookResult.Done);
        await _scene.DeliverAsync(edge, TimeSpan.FromHours(1));

        Assert.Equal((0, 0, null), (StatusOf(edge, "code.broken").Pending, StatusOf(edge, "code.broken").Failures, StatusOf(edge, "code.broken").LastProblem));
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
        Assert.Single(sound.Calls);
    }

    /// <summary>A program that mails and then reloads: each mail hangs for its two minutes, and the server must not wait for all of them.</summary>
    [Fact]
    public async Task A_reload_waits_for_one_failing_call_and_no_other()
    {
        var hook = Hook(AcmeHookEvent.Issued, AcmeHookEvent.LiveUpdated);
        hook.Answer = call => Task.FromResult(call.Event is AcmeHookEvent.Issued ? AcmeHookResult.Failed("no mail server") : AcmeHookResult.Done);
        await using var edge = await _scene.StartAsync([.. Enumerable.Range(0, 10).Select(i => Wishes.Of($"n{i}.shop.test"))]);
        await edge.RunAsync(TimeSpan.FromSeconds(1));

        await _scene.DeliverAsync(edge, Gathered);

        Assert.Equal([AcmeHookEvent.Issued, AcmeHookEvent.LiveUpdated], hook.Calls.Take(2).Select(call => call.Event));
        Assert.Equal((11, 10), (hook.Calls.Count, hook.Calls[1].Certificates.Count));
    }

    [Fact]
    public async Task What_is_owed_outlives_the_process()
    {
        var hook = Hook(AcmeHookEvent.Issued, AcmeHookEvent.LiveUpdated);
        await using (var first = await _scene.StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");
        Assert.Empty(hook.Calls);

        await using var second = await _scene.StartAsync(Wishes.Of("shop.test"));
        await HookScene.DeliverAsync(second);
        await _scene.DeliverAsync(second, Gathered);

        Assert.Equal(["Issued shop.test", "LiveUpdated shop.test"], hook.Told);
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
    }

    [Fact]
    public async Task A_restart_does_not_begin_the_ladder_anew()
    {
        var hook = Hook(AcmeHookEvent.LiveUpdated);
        hook.Answer = _ => throw new InvalidOperationException("no server");
        await using (var first = await _scene.StartAsync(Wishes.Of("shop.test")))
        {
            await first.SettleAsync("shop.test");
            foreach (var wait in (int[])[3, 10, 60, 300]) await _scene.DeliverAsync(first, TimeSpan.FromSeconds(wait));
            Assert.Equal(4, hook.Calls.Count);
        }

        await using var second = await _scene.StartAsync(Wishes.Of("shop.test"));
        Assert.Equal("InvalidOperationException: no server", StatusOf(second, "code.hook").LastProblem);
        await _scene.DeliverAsync(second, TimeSpan.FromMinutes(14));
        Assert.Equal(4, hook.Calls.Count);
        await _scene.DeliverAsync(second, TimeSpan.FromMinutes(2));
        Assert.Equal(5, hook.Calls[^1].Attempt);
    }

    [Fact]
    public async Task A_hook_that_comes_later_is_not_told_of_the_past_and_one_that_goes_is_owed_nothing()
    {
        var (first, later) = (Hook("first", AcmeHookEvent.LiveUpdated), new ToldHook("later", AcmeHookEvent.LiveUpdated));
        await using (var edge = await _scene.StartAsync(Wishes.Of("shop.test"))) await edge.SettleAsync("shop.test");

        _scene.Hooks.Clear();
        _scene.Hooks.Add(later);
        await using var second = await _scene.StartAsync(Wishes.Of("shop.test"));
        await _scene.DeliverAsync(second, Gathered);

        Assert.Empty(first.Calls);
        Assert.Empty(later.Calls);
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
    }

    [Fact]
    public async Task Without_hooks_nothing_is_kept()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of("shop.test"));
        var writes = 0;
        _scene.Records.BeforeWrite = key => writes += key.Kind == RecordKind.HookDelivery ? 1 : 0;

        await edge.SettleAsync("shop.test");

        Assert.Equal(0, writes);
        Assert.Equal(["shop.test"], _scene.Links.Moves);
    }

    private ToldHook Hook(params AcmeHookEvent[] events) => Hook("hook", events);

    private ToldHook Hook(string name, params AcmeHookEvent[] events)
    {
        var hook = new ToldHook(name, events);
        _scene.Hooks.Add(hook);
        return hook;
    }

    private static AcmeHookStatus StatusOf(Edge edge, string name) => Assert.Single(edge.Get<IAcmeHooks>().List(), hook => hook.Name == name);
}
