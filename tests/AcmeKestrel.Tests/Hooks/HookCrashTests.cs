using AcmeKestrel.Certificates;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>Killed before or after any write or request, no delivery is lost.</summary>
public sealed class HookCrashTests
{
    private static readonly TimeSpan Gathered = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData(0)]
    [InlineData(61)]
    public async Task Whatever_moment_a_process_is_killed_in_hooks_are_told_of_what_is_stored_and_shown(int daysLater)
    {
        for (var moment = 1; ; moment++)
        {
            var scene = new HookScene();
            var hook = new ToldHook("hook", AcmeHookEvent.Issued, AcmeHookEvent.LiveUpdated);
            scene.Hooks.Add(hook);
            if (daysLater > 0)
            {
                await RunAsync(scene, new Death(int.MaxValue));
                scene.Time.Advance(TimeSpan.FromDays(daysLater));
                hook.Calls.Clear();
            }

            var died = await RunAsync(scene, new Death(moment));
            var told = hook.Calls.Count;
            if (died) await RunAsync(scene, new Death(int.MaxValue));

            var newest = scene.Records.All(RecordKind.Certificate).Select(record => record.Key.Name.Split('@')[1]).Max(StringComparer.Ordinal);
            Assert.True(newest == scene.Links.Shown.GetValueOrDefault("shop.test"), $"moment {moment}: the link");
            foreach (var happened in (AcmeHookEvent[])[AcmeHookEvent.Issued, AcmeHookEvent.LiveUpdated])
            {
                var calls = hook.Calls.Count(call => call.Event == happened && call.Certificates[0].Generation == newest);
                Assert.True(calls is 1 or 2 && (died || calls == 1), $"moment {moment}: {happened} was told {calls} times");
            }

            Assert.Empty(scene.Records.All(RecordKind.HookDelivery));
            if (died) continue;

            Assert.True(moment > 40, $"The decorators are not in the way: {moment}, {told}.");
            return;
        }
    }

    /// <summary>One process; true when it died.</summary>
    private static async Task<bool> RunAsync(HookScene scene, Death death)
    {
        foreach (var hook in scene.Hooks.OfType<ToldHook>()) hook.IsHeard = () => !death.HasCome;
        try
        {
            // What is shown is the store's, which outlives the process.
            await using var edge = await scene.StartAsync(new Shown(new Death.Store(scene.Records, death), scene.Links, death), () => new Death.Transport(scene.Ca.Transport(), death), Wishes.Of("shop.test"));
            await edge.RunAsync(TimeSpan.FromMinutes(2));
            for (var i = 0; i < 3 && !death.HasCome; i++) await scene.DeliverAsync(edge, Gathered);
        }
        catch (Exception) when (death.HasCome)
        {
            // Died before it came to its first label.
        }

        return death.HasCome;
    }

    private sealed class Shown(IAcmeStore inner, LinkedStore links, Death death) : DelegatingStore(inner), ICertificateView
    {
        public string Root => links.Root;

        public string PathOf(string label) => links.PathOf(label);

        public async ValueTask SwitchAsync(string label, string generation, CancellationToken cancellationToken)
        {
            death.Pass();
            await links.SwitchAsync(label, generation, cancellationToken);
            death.Pass();
        }

        public ValueTask<string?> FindShownAsync(string label, CancellationToken cancellationToken) => links.FindShownAsync(label, cancellationToken);

        public ValueTask HideAsync(string label, CancellationToken cancellationToken) => links.HideAsync(label, cancellationToken);
    }
}
