using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Tests.Configuration;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>A hook is called by one at a time, whether it is told of something or asked.</summary>
public sealed class HookTurnTests : IDisposable
{
    private const string Shop = "shop.test";

    private static readonly TimeSpan Gathered = TimeSpan.FromSeconds(3);

    private readonly HookScene _scene = new();
    private readonly ToldHook _hook = new("hook", AcmeHookEvent.Renewing, AcmeHookEvent.LiveUpdated);
    private readonly SemaphoreSlim _begun = new(0);
    private readonly SemaphoreSlim _goesOn = new(0);
    private readonly RecordingLog _log = new();

    public HookTurnTests()
    {
        _scene.Hooks.Add(_hook);
        _scene.Also = services => services.AddLogging(logging => logging.AddProvider(_log));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _begun.Dispose();
        _goesOn.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task It_is_asked_for_one_label_after_the_other()
    {
        await using var edge = await StartAsync();
        HoldCalls();

        var asked = Enumerable.Range(0, 4).Select(_ => AskAsync(edge)).ToList();

        for (var i = 1; i <= asked.Count; i++)
        {
            await BegunAsync();
            Assert.Equal(i, _hook.Calls.Count);
            _goesOn.Release();
        }

        Assert.All(await Task.WhenAll(asked), Assert.Null);
    }

    [Fact]
    public async Task It_is_not_asked_while_it_is_told_and_told_when_it_was_asked()
    {
        await using var edge = await StartAsync();
        HoldCalls();
        await TellAsync(edge);
        await BegunAsync();

        var asked = AskAsync(edge);
        Assert.Equal(["LiveUpdated shop.test"], _hook.Told);
        _goesOn.Release();
        await BegunAsync();
        Assert.Equal(["LiveUpdated shop.test", "Renewing shop.test"], _hook.Told);

        await edge.Get<Courier>().WaitAsync();
        await ExpectAsync(edge);
        await TellAsync(edge);
        Assert.Equal(2, _hook.Calls.Count);
        _goesOn.Release(2);
        Assert.Null(await asked);
        await edge.Get<Courier>().WaitAsync();
        Assert.Equal(["LiveUpdated shop.test", "Renewing shop.test", "LiveUpdated shop.test"], _hook.Told);
    }

    /// <summary>Neither a hook that hangs nor a long line before it holds an order longer than a call may take, and that of its own.</summary>
    [Fact]
    public async Task An_order_does_not_wait_longer_in_line_than_a_call_may_take()
    {
        await using var edge = await StartAsync();
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Veto("not now"));
        using var busy = await edge.Get<HookCalls>().AloneAsync(edge.Get<AcmeKestrel.Hooks.HookList>().Now()[0], Token);

        var asked = AskAsync(edge);
        _scene.Time.Advance(TimeSpan.FromMinutes(2) - TimeSpan.FromTicks(1));
        Assert.False(asked.IsCompleted);
        _scene.Time.Advance(TimeSpan.FromTicks(1));

        Assert.Null(await asked.WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Empty(_hook.Calls);
        Assert.Contains(_log.Entries, told => told.Level is LogLevel.Warning && told.Text.Contains("could not be asked before the order, which goes on: it was busy with others for 00:02:00", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hook_that_hangs_keeps_no_other_from_being_asked()
    {
        var other = new ToldHook("other", AcmeHookEvent.Renewing);
        _scene.Hooks.Add(other);
        await using var edge = await StartAsync();
        HoldCalls();
        var all = new TaskCompletionSource();
        var answers = 0;
        other.Answer = _ =>
        {
            if (Interlocked.Increment(ref answers) == 3) all.SetResult();
            return Task.FromResult(AcmeHookResult.Veto("not now"));
        };

        var asked = Enumerable.Range(0, 3).Select(_ => AskAsync(edge)).ToList();
        await all.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        await BegunAsync();
        Assert.Single(_hook.Calls);
        _goesOn.Release(3);

        Assert.All(await Task.WhenAll(asked), veto => Assert.Equal("code.other", veto?.Hook));
    }

    /// <summary>With a certificate, of which hooks were told.</summary>
    private async Task<Edge> StartAsync()
    {
        var edge = await _scene.StartAsync(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);
        await _scene.DeliverAsync(edge, Gathered);
        await ExpectAsync(edge);
        _hook.Calls.Clear();
        return edge;
    }

    /// <summary>Something is to be told.</summary>
    private static Task ExpectAsync(Edge edge) => edge.Get<HookDesk>().OweAsync(edge.Session, AcmeHookEvent.LiveUpdated, edge.Get<Labels>().ViewOf(Shop), "", Token);

    private async Task TellAsync(Edge edge)
    {
        _scene.Time.Advance(Gathered);
        await edge.Get<Courier>().BeginDueAsync(Token);
    }

    private async Task BegunAsync() => Assert.True(await _begun.WaitAsync(TimeSpan.FromSeconds(30), Token));

    private static Task<HookVeto?> AskAsync(Edge edge) => edge.Get<HookDesk>().AskAsync(edge.Get<Labels>().ViewOf(Shop), "it is due", Token);

    private void HoldCalls() => _hook.Answer = async _ =>
    {
        _begun.Release();
        await _goesOn.WaitAsync(Token);
        return AcmeHookResult.Done;
    };
}
