using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>No link moves while a program reads what it was told of.</summary>
public sealed class LinkTests
{
    private static readonly TimeSpan Gathered = TimeSpan.FromSeconds(3);
    private readonly HookScene _scene = new();
    private readonly ToldHook _hook = new("hook", AcmeHookEvent.LiveUpdated);

    public LinkTests() => _scene.Hooks.Add(_hook);

    [Fact]
    public async Task While_a_hook_runs_commits_and_TLS_go_on_and_links_wait_and_are_told_afterwards()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"));
        await edge.SettleAsync("a.test");
        await edge.SettleAsync("b.test");
        var running = HoldNext();
        _scene.Time.Advance(Gathered);
        await edge.Get<Courier>().BeginDueAsync(CancellationToken.None);
        await running.Begun.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        var shown = _scene.Links.Shown["a.test"];

        await RenewAsync(edge, "a.test");

        Assert.NotEqual(shown, edge.Published.Current["a.test"].Id);
        Assert.Equal(2, _scene.Records.All(RecordKind.Certificate).Count(record => record.Key.Name.StartsWith("a.test@", StringComparison.Ordinal)));
        Assert.Equal(shown, _scene.Links.Shown["a.test"]);

        running.End.SetResult();
        await edge.Get<Courier>().WaitAsync();
        await HookScene.DeliverAsync(edge);

        // A server that was only asked to reload opens the files now.
        Assert.Equal(shown, _scene.Links.Shown["a.test"]);
        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(1));
        Assert.Equal(edge.Published.Current["a.test"].Id, _scene.Links.Shown["a.test"]);
        Assert.Single(_hook.Calls);

        await _scene.DeliverAsync(edge, Gathered);
        Assert.Equal(["LiveUpdated a.test b.test", "LiveUpdated a.test"], _hook.Told);
        Assert.Equal(_scene.Links.Shown["a.test"], _hook.Calls[1].Certificates[0].Generation);
    }

    /// <summary>Two hooks that always run by turns would keep links waiting for ever.</summary>
    [Fact]
    public async Task A_link_that_waits_is_before_the_next_hook()
    {
        var second = new ToldHook("second", AcmeHookEvent.LiveUpdated);
        _scene.Hooks.Add(second);
        await using var edge = await _scene.StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"));
        await edge.SettleAsync("a.test");
        second.Answer = _ => Task.FromResult(AcmeHookResult.Failed("not yet"));
        await _scene.DeliverAsync(edge, Gathered);
        await edge.SettleAsync("b.test");
        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(1));
        var running = HoldNext();
        _scene.Time.Advance(Gathered);
        await edge.Get<Courier>().BeginDueAsync(CancellationToken.None);
        await running.Begun.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await RenewAsync(edge, "a.test");
        var calls = second.Calls.Count;

        // Its time has come, and a link waits: it is not told before that has moved.
        _scene.Time.Advance(TimeSpan.FromMinutes(1));
        await edge.Get<Courier>().BeginDueAsync(CancellationToken.None);
        Assert.Equal(calls, second.Calls.Count);

        second.Answer = _ => Task.FromResult(AcmeHookResult.Done);
        running.End.SetResult();
        await edge.Get<Courier>().WaitAsync();
        Assert.Equal(calls, second.Calls.Count);
        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(1));
        Assert.Equal(edge.Published.Current["a.test"].Id, _scene.Links.Shown["a.test"]);
        Assert.Contains(second.Calls[^1].Certificates, certificate => certificate.Label == "a.test" && certificate.Generation == _scene.Links.Shown["a.test"]);
    }

    /// <summary>A mail that failed: what is shown comes before the next one, but a link that waits for another hook is nothing that a mail waits for.</summary>
    [Fact]
    public async Task What_happened_to_single_certificates_waits_for_no_link_even_where_a_call_of_the_hook_fails()
    {
        var second = new ToldHook("second", AcmeHookEvent.Issued, AcmeHookEvent.LiveUpdated) { Answer = _ => Task.FromResult(AcmeHookResult.Failed("not yet")) };
        _scene.Hooks.Add(second);
        await using var edge = await _scene.StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"));
        await edge.SettleAsync("a.test");
        await _scene.DeliverAsync(edge, Gathered);
        await edge.SettleAsync("b.test");
        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(1));
        var running = HoldNext();
        _scene.Time.Advance(Gathered);
        await edge.Get<Courier>().BeginDueAsync(CancellationToken.None);
        await running.Begun.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await RenewAsync(edge, "a.test");
        second.Calls.Clear();
        var told = new TaskCompletionSource();
        second.Answer = _ =>
        {
            if (second.Calls.Count == 3) told.SetResult();
            return Task.FromResult(AcmeHookResult.Done);
        };

        _scene.Time.Advance(TimeSpan.FromMinutes(1));
        await edge.Get<Courier>().BeginDueAsync(CancellationToken.None);
        await told.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal(["Issued a.test", "Issued a.test", "Issued b.test"], second.Told.Order());
        running.End.SetResult();
        await edge.Get<Courier>().WaitAsync();
        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(1));
        await _scene.DeliverAsync(edge, TimeSpan.FromMinutes(1));
        Assert.Equal("LiveUpdated b.test a.test", second.Told.Last());
        Assert.Equal(edge.Published.Current["a.test"].Id, second.Calls[^1].Certificates[^1].Generation);
    }

    /// <summary>Nobody is told any more by then, whose end would be heard of.</summary>
    [Fact]
    public async Task A_link_that_comes_in_the_second_after_a_hook_waits_no_longer_than_that()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of("a.test"));
        await edge.SettleAsync("a.test");
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Single(_hook.Calls);
        var (links, newest, session) = (edge.Get<PublicLinks>(), edge.Published.Current["a.test"].Id, edge.Get<StateLease>().Session!);

        var looked = edge.Get<Deliveries>().Next;
        Assert.False(await links.ShowAsync(session, "a.test", newest, CancellationToken.None));

        Assert.True(looked.IsCompleted);
        Assert.InRange(links.NextMove(session)!.Value - _scene.Time.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromSeconds(1));
        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(1));
        Assert.Null(links.NextMove(session));
    }

    [Fact]
    public async Task What_waits_at_a_kill_is_moved_and_told_by_the_next_process()
    {
        var first = await _scene.StartAsync(Wishes.Of("a.test"));
        await first.SettleAsync("a.test");
        var running = HoldNext();
        _scene.Time.Advance(Gathered);
        await first.Get<Courier>().BeginDueAsync(CancellationToken.None);
        await running.Begun.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await RenewAsync(first, "a.test");
        var newest = first.Published.Current["a.test"].Id;
        await first.DisposeAsync();
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Done);
        Assert.NotEqual(newest, _scene.Links.Shown["a.test"]);

        await using var second = await _scene.StartAsync(Wishes.Of("a.test"));
        await HookScene.DeliverAsync(second);
        Assert.Equal(newest, _scene.Links.Shown["a.test"]);
        await _scene.DeliverAsync(second, Gathered);

        Assert.Equal(newest, _hook.Calls[^1].Certificates[0].Generation);
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
        running.End.SetResult();
    }

    [Fact]
    public async Task A_link_that_cannot_move_is_tried_again_and_told_when_it_has()
    {
        _scene.Links.BeforeMove = () => throw new StoreUnavailableException("read-only");
        await using var edge = await _scene.StartAsync(Wishes.Of("a.test"));
        await edge.SettleAsync("a.test");
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Empty(_hook.Calls);

        _scene.Links.BeforeMove = () => { };
        await _scene.DeliverAsync(edge, TimeSpan.FromMinutes(1));
        Assert.Equal(["a.test"], _scene.Links.Moves);
        await _scene.DeliverAsync(edge, Gathered);

        Assert.Equal(["LiveUpdated a.test"], _hook.Told);
    }

    [Fact]
    public async Task Going_back_and_taking_over_are_told_and_so_is_what_is_kept_no_more()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of("a.test"));
        await edge.SettleAsync("a.test");
        _scene.Time.Advance(TimeSpan.FromMinutes(1));
        await RenewAsync(edge, "a.test");
        await _scene.DeliverAsync(edge, Gathered);
        await _scene.DeliverAsync(edge, Gathered);
        _hook.Calls.Clear();

        var back = edge.Get<LabelDesk>().RollBackAsync("a.test", CancellationToken.None);
        await edge.RunAsync(TimeSpan.Zero);
        Assert.NotNull(await back);
        await _scene.DeliverAsync(edge, Gathered);
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Equal(["LiveUpdated a.test"], _hook.Told);

        _hook.Calls.Clear();
        edge.Drop("a.test");
        edge.Wish(Wishes.Of("other", ["a.test"]));
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        await _scene.DeliverAsync(edge, Gathered);
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Equal(["LiveUpdated other"], _hook.Told);

        _hook.Calls.Clear();
        await edge.RunAsync(TimeSpan.FromDays(150));
        await _scene.DeliverAsync(edge, Gathered);
        await _scene.DeliverAsync(edge, Gathered);
        var gone = Assert.Single(_hook.Calls.SelectMany(call => call.Certificates), certificate => certificate.Label == "a.test");
        Assert.Null(gone.Generation);
        Assert.False(_scene.Links.Shown.ContainsKey("a.test"));
    }

    [Fact]
    public async Task A_process_without_the_state_tells_nobody_and_tells_what_is_owed_when_it_gets_it()
    {
        await using (var first = await _scene.StartAsync(Wishes.Of("a.test"))) await first.SettleAsync("a.test");
        _scene.Records.LeaseIsFree = false;
        await using var standby = await _scene.StartAsync(Wishes.Of("a.test"));
        await _scene.DeliverAsync(standby, Gathered);
        Assert.Empty(_hook.Calls);

        _scene.Records.LeaseIsFree = true;
        await standby.RunAsync(TimeSpan.FromSeconds(20));
        await HookScene.DeliverAsync(standby);
        await _scene.DeliverAsync(standby, Gathered);

        Assert.Equal(["LiveUpdated a.test"], _hook.Told);
    }

    private static async Task RenewAsync(Edge edge, string label)
    {
        var before = edge.Published.Current[label].Id;
        edge.Entry(label).Post(new LabelRequest { IsForced = true, Renews = true });
        edge.Get<Dispatcher>().Wake(label);
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.NotEqual(before, edge.Published.Current[label].Id);
    }

    /// <summary>The next call does not end before it is told to.</summary>
    private (TaskCompletionSource Begun, TaskCompletionSource End) HoldNext()
    {
        var (begun, end) = (new TaskCompletionSource(), new TaskCompletionSource());
        _hook.Answer = async _ =>
        {
            begun.TrySetResult();
            await end.Task;
            return AcmeHookResult.Done;
        };
        return (begun, end);
    }
}
