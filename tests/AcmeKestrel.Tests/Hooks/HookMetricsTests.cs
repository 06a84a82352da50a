using System.Diagnostics.Metrics;
using AcmeKestrel.Telemetry;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Telemetry;

namespace AcmeKestrel.Tests.Hooks;

public sealed class HookMetricsTests
{
    [Fact]
    public async Task Calls_are_measured_by_hook_event_and_outcome_and_what_is_owed_is_counted()
    {
        var scene = new HookScene();
        var (broken, sound) = (new ToldHook("broken", AcmeHookEvent.LiveUpdated) { Answer = _ => Task.FromResult(AcmeHookResult.Failed("no")) }, new ToldHook("sound", AcmeHookEvent.LiveUpdated));
        scene.Hooks.AddRange([broken, sound]);
        await using var edge = await scene.StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"));
        edge.Get<HookGauges>();
        using var heard = new HeardMetrics(edge.Get<IMeterFactory>());
        Assert.Equal([0, 0], heard.Ask("acme.hook.pending").Values);

        await edge.RunAsync(TimeSpan.FromSeconds(1));
        await scene.DeliverAsync(edge, TimeSpan.FromSeconds(3));

        Assert.Equal(new Dictionary<string, double> { ["acme.hook=code.broken"] = 2, ["acme.hook=code.sound"] = 0 }, heard.Ask("acme.hook.pending"));
        Assert.Equal(
            ["acme.hook=code.broken,acme.hook.event=live-updated,acme.outcome=failed", "acme.hook=code.sound,acme.hook.event=live-updated,acme.outcome=done"],
            heard.All.Where(one => one.Instrument == "acme.hook.duration").Select(one => one.Tags).Order(StringComparer.Ordinal));
    }
}
