using System.Net;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Telling;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What happens to a label is one stream, from which a log, a status or a hook can tell the whole story.</summary>
public sealed class LabelEventTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestCa _ca;

    public LabelEventTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task An_issuance_is_decided_ordered_waited_for_issued_and_served()
    {
        await using var edge = await StartAsync();

        await edge.SettleAsync("shop.test");

        Assert.Equal(["Issue", "Ordering NoCertificate", "Wait CaAtWork", "Continue", "Issued", "Serve"], Story(edge));
        Assert.Null(edge.Events.All.First().Label.Certificate);
        Assert.NotNull(edge.Events.All.Last().Label.Certificate);
    }

    [Fact]
    public async Task A_failure_is_told_with_its_problem_and_then_waited_for()
    {
        await using var edge = await StartAsync();
        edge.Reach = (_, _) => "nobody is there";

        await edge.SettleAsync("shop.test");

        Assert.Equal(2, edge.Events.All.OfType<LabelEvent.Failed>().Count(failed => failed.Problem.Contains("nobody is there", StringComparison.Ordinal)));
        Assert.Equal("Wait Backoff", Story(edge)[^1]);
    }

    [Fact]
    public async Task A_ca_in_trouble_is_told_and_what_waits_for_it_is_news_once()
    {
        _ca.Instead = (kind, _) => kind == "order" ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromSeconds(1));

        for (var look = 0; look < 5; look++)
        {
            edge.Wake(["shop.test"]);
            await edge.RunAsync(TimeSpan.FromSeconds(0.1));
        }

        Assert.Single(edge.Events.All.OfType<LabelEvent.ProviderFailed>());
        Assert.Equal(6, Story(edge).Count(told => told == "Wait ProviderPaused"));
        Assert.Single(edge.Events.All.OfType<LabelEvent.Decided>(), decided => decided.IsNews);
    }

    [Fact]
    public async Task A_label_that_is_wished_no_more_rests_and_has_no_status()
    {
        await using var edge = await StartAsync();
        await edge.SettleAsync("shop.test");

        edge.Drop("shop.test");
        await edge.RunAsync(TimeSpan.FromSeconds(1));

        Assert.Equal("Rest", Story(edge)[^1]);
        Assert.Null(edge.Events.All.Last().Label.Wish);
        Assert.Empty(edge.Get<StatusBoard>().List());
    }

    [Fact]
    public async Task A_changed_wish_shows_no_failures_of_the_old_one()
    {
        await using var edge = await StartAsync();
        edge.Reach = (_, _) => "nobody is there";
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(1, edge.Status("shop.test").Failures);
        _settings.Enabled = false;
        edge.Wish(Wishes.Of("shop.test", ["shop.test", "more.test"]));
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal((AcmeCertificateState.Held, 0), (edge.Status("shop.test").State, edge.Status("shop.test").Failures));
    }

    private static List<string> Story(Edge edge) =>
    [
        .. edge.Events.All.Select(happened => happened switch
        {
            LabelEvent.Decided { Decision: Decision.Wait wait } => $"Wait {wait.Obstacle.Kind}",
            LabelEvent.Decided { Decision: var decision } => decision.GetType().Name,
            LabelEvent.Ordering { Because: var because } => $"Ordering {because.Kind}",
            _ => happened.GetType().Name,
        }),
    ];

    private Task<Edge> StartAsync() => Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);
}
