using System.Collections;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>A hook that was away for a while is owed much: each call of it looks at what it tells, and not at all the rest.</summary>
public sealed class HookBacklogTests
{
    private const int Many = 400;

    /// <summary>Of one notice, from the start until it is told.</summary>
    private const int Looks = 30;

    private readonly HookScene _scene = new();
    private readonly ToldHook _hook = new("hook", AcmeHookEvent.Failed, AcmeHookEvent.LiveUpdated);
    private int _looks;

    public HookBacklogTests() => _scene.Hooks.Add(_hook);

    [Fact]
    public async Task What_is_told_is_looked_at_and_not_what_is_owed_yet()
    {
        await using var edge = await OweAsync(AcmeHookEvent.Failed);

        await HookScene.DeliverAsync(edge);

        Assert.Equal(Labels.Select(label => $"Failed {label}"), _hook.Told);
        Assert.InRange(_looks, 1, Many * Looks);
    }

    [Fact]
    public async Task So_it_is_while_every_call_fails_and_when_the_hook_is_well_again()
    {
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Failed("no server"));
        await using var edge = await OweAsync(AcmeHookEvent.Failed);

        await HookScene.DeliverAsync(edge);
        Assert.Equal(Many, _hook.Calls.Count);
        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(10));
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Done);
        await _scene.DeliverAsync(edge, TimeSpan.FromMinutes(1));

        Assert.Equal(3 * Many, _hook.Calls.Count);
        Assert.Empty(edge.Get<Deliveries>().All);
        Assert.InRange(_looks, 1, Many * Looks);
    }

    /// <summary>Whatever is owed or told anywhere wakes whoever begins.</summary>
    [Fact]
    public async Task Whoever_is_woken_meanwhile_looks_at_nothing_that_has_not_changed()
    {
        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        _hook.Answer = async _ =>
        {
            begun.TrySetResult();
            await end.Task;
            return AcmeHookResult.Done;
        };
        await using var edge = await OweAsync(AcmeHookEvent.LiveUpdated);
        var courier = edge.Get<Courier>();
        _scene.Time.Advance(TimeSpan.FromSeconds(3));
        await courier.BeginDueAsync(TestContext.Current.CancellationToken);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        var before = _looks;

        for (var i = 0; i < 100; i++) await courier.BeginDueAsync(TestContext.Current.CancellationToken);

        Assert.Equal(before, _looks);
        end.SetResult();
        await courier.WaitAsync();
    }

    private static IEnumerable<string> Labels => Enumerable.Range(0, Many).Select(number => $"n{number:000}.shop.test");

    private async Task<Edge> OweAsync(AcmeHookEvent happened)
    {
        var edge = await _scene.StartAsync();
        var (now, to) = (_scene.Time.GetUtcNow(), new Hooks(["code.hook"], () => Interlocked.Increment(ref _looks)));
        edge.Get<Deliveries>().Begin(edge.Session, Labels.ToDictionary(label => label, _ => new OwedOfLabel { Notices = [new OwedNotice(happened, now, to) { TrueSince = now }] }), new HashSet<string>(), new Dictionary<string, HookTrouble>(), _ => null);
        return edge;
    }

    /// <summary>Counts how often somebody looks who is to be told.</summary>
    private sealed class Hooks(IReadOnlyList<string> ids, Action look) : IReadOnlyList<string>
    {
        public int Count => Looked().Count;

        public string this[int index] => Looked()[index];

        public IEnumerator<string> GetEnumerator() => Looked().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private IReadOnlyList<string> Looked()
        {
            look();
            return ids;
        }
    }
}
