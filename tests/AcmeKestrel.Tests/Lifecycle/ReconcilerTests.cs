using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A pass is one attempt for each wish, and is over when each has an outcome.</summary>
public sealed class ReconcilerTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestCa _ca;

    public ReconcilerTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task It_tries_what_waits_on_its_ladder_and_tells_what_changed()
    {
        await using var edge = await StartAsync("good.test", "bad.test");
        edge.Reach = (_, name) => name == "bad.test" ? "nobody is there" : null;
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        edge.Reach = (_, _) => null;

        var pass = edge.Get<Reconciler>().PassAsync(CancellationToken.None);
        await edge.RunAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(["bad.test"], await Done(pass));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("bad.test").State);
    }

    /// <summary>An order that was in flight when it was asked for is the attempt: its failure keeps its place on the ladder.</summary>
    [Fact]
    public async Task An_order_in_flight_is_the_attempt()
    {
        _ca.ValidationLooks = 3;
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("bad.test", challenges: [ChallengeTypes.Http01])]);
        edge.Reach = (_, _) => "nobody is there";
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.NotNull(edge.Entry("bad.test").Run);

        var pass = edge.Get<Reconciler>().PassAsync(CancellationToken.None);
        await edge.RunAsync(TimeSpan.FromMilliseconds(1));
        Assert.False(pass.IsCompleted, "It ended with the outcome of an earlier attempt.");
        await edge.RunAsync(TimeSpan.FromSeconds(50));

        Assert.Empty(await Done(pass));
        Assert.Single(_ca.NewOrders);
        Assert.Equal(AcmeCertificateState.Failing, edge.Status("bad.test").State);
    }

    /// <summary>It is due again as soon as it is here, which is a reason to wait, and a force that is left would not.</summary>
    [Fact]
    public async Task An_order_in_flight_that_brings_a_certificate_is_the_attempt_too()
    {
        (_ca.ValidationLooks, _ca.IssuedBefore) = (3, TimeSpan.FromDays(80));
        await using var edge = await StartAsync("shop.test");
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.NotNull(edge.Entry("shop.test").Run);

        var pass = edge.Get<Reconciler>().PassAsync(CancellationToken.None);
        await edge.RunAsync(TimeSpan.FromSeconds(50));

        Assert.Equal(["shop.test"], await Done(pass));
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task It_asks_again_for_an_account_that_was_refused()
    {
        _ca.Instead = (kind, _) => kind == "account" ? TestCa.Problem(HttpStatusCode.BadRequest, "invalidContact", "no mail for us") : null;
        await using var edge = await StartAsync("shop.test");
        await edge.RunAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
        _ca.Instead = (_, _) => null;

        var pass = edge.Get<Reconciler>().PassAsync(CancellationToken.None);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(["shop.test"], await Done(pass));
    }

    [Fact]
    public async Task A_pass_that_finds_nothing_to_do_leaves_no_force_behind()
    {
        await using var edge = await StartAsync("shop.test");
        await edge.SettleAsync("shop.test");

        var pass = edge.Get<Reconciler>().PassAsync(CancellationToken.None);
        await edge.RunAsync(TimeSpan.FromSeconds(1));

        Assert.Empty(await Done(pass));
        Assert.False(edge.Entry("shop.test").IsForced);
    }

    /// <summary>What was decided before it was asked for is no attempt of its.</summary>
    [Fact]
    public async Task A_look_that_is_under_way_when_it_is_asked_for_is_not_the_attempt()
    {
        var flaky = new FlakyStore(_store);
        await using (var first = await StartAsync("bad.test"))
        {
            first.Reach = (_, _) => "nobody is there";
            await first.RunAsync(TimeSpan.FromMinutes(3));
            Assert.Equal(AcmeCertificateState.Failing, first.Status("bad.test").State);
        }

        await using var edge = await Edge.StartAsync(_time, _ca, _settings, flaky, [Wishes.Of("bad.test")]);
        var before = _ca.NewOrders.Count;
        var read = new TaskCompletionSource();
        flaky.Reading = key => key.Kind == RecordKind.Ledger ? read.Task : Task.CompletedTask;
        var looking = edge.Get<Dispatcher>().RunNextAsync(edge.Get<LabelRunner>().RunAsync, CancellationToken.None);
        Assert.False(looking.IsCompleted);

        var pass = edge.Get<Reconciler>().PassAsync(CancellationToken.None);
        read.SetResult();
        await looking;
        Assert.Equal((0, false), (_ca.NewOrders.Count - before, pass.IsCompleted));
        await edge.RunAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(["bad.test"], await Done(pass));
        Assert.Equal(1, _ca.NewOrders.Count - before);
    }

    [Fact]
    public async Task A_failure_of_the_attempt_that_it_asked_for_is_not_tried_again_at_once()
    {
        await using var edge = await StartAsync("bad.test");
        edge.Reach = (_, _) => "nobody is there";
        await edge.RunAsync(TimeSpan.FromSeconds(50));
        var before = _ca.NewOrders.Count;

        var pass = edge.Get<Reconciler>().PassAsync(CancellationToken.None);
        await edge.RunAsync(TimeSpan.FromSeconds(5));

        Assert.Empty(await Done(pass));
        Assert.Equal(before + 1, _ca.NewOrders.Count);
    }

    [Fact]
    public async Task Two_passes_at_once_are_both_answered()
    {
        await using var edge = await StartAsync("shop.test");
        var passes = new[] { edge.Get<Reconciler>().PassAsync(CancellationToken.None), edge.Get<Reconciler>().PassAsync(CancellationToken.None) };

        await edge.RunAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(["shop.test"], await Done(passes[0]));
        Assert.Equal(["shop.test"], await Done(passes[1]));
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task It_tries_each_label_although_one_must_probe_whether_the_ca_answers_again()
    {
        await using var edge = await StartAsync("a.test", "b.test");
        edge.Reach = (_, _) => "nobody is there";
        await edge.RunAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(AcmeCertificateState.Failing, edge.Status("b.test").State);
        edge.Reach = (_, _) => null;

        // The CA had trouble, and the pause is over.
        var ledger = await edge.LedgerAsync(_settings.Provider);
        await ledger.Circuit.FailedAsync("502", null, TimeSpan.FromSeconds(1), isUrgent: false, CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(2));
        var before = _ca.NewOrders.Count;
        var nested = false;
        _ca.Instead = (kind, _) =>
        {
            if (kind != "order" || nested) return null;
            nested = true;

            // While the probe's newOrder is under way the other label has its turn.
            edge.Get<Dispatcher>().RunNextAsync(edge.Get<LabelRunner>().RunAsync, CancellationToken.None).GetAwaiter().GetResult();
            return null;
        };

        var pass = edge.Get<Reconciler>().PassAsync(CancellationToken.None);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        Assert.True(nested);
        await Done(pass);
        Assert.Equal((AcmeCertificateState.Served, AcmeCertificateState.Served, 2), (edge.Status("a.test").State, edge.Status("b.test").State, _ca.NewOrders.Count - before));
    }

    /// <summary>In virtual time it is over by now, or never.</summary>
    private static Task<IReadOnlyList<string>> Done(Task<IReadOnlyList<string>> pass) => pass.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

    private Task<Edge> StartAsync(params string[] labels) => Edge.StartAsync(_time, _ca, _settings, _store, [.. labels.Select(label => Wishes.Of(label))]);
}
