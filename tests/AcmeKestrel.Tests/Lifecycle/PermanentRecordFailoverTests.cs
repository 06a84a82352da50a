using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>An order that waits for a record which only the operator can set keeps no certificate from being renewed elsewhere before it ends.</summary>
public sealed class PermanentRecordFailoverTests : IAsyncDisposable
{
    private const string Place = "_validation-persist.shop.test";

    /// <summary>No test needs as many.</summary>
    private const int Many = 200;

    private static readonly Wish Wish = Wishes.Of("shop.test") with { Fallbacks = ["second"] };

    private readonly TwoCas _cas = new();

    public PermanentRecordFailoverTests() => _cas.OfferPermanent();

    public ValueTask DisposeAsync() => _cas.DisposeAsync();

    [Fact]
    public async Task Near_the_end_the_next_CA_is_asked_where_the_record_for_the_first_one_is_missing()
    {
        var end = await IssueAsync();
        await using var edge = await StartAsync();
        _cas.Zone.Texts[Place] = [$"second.test; accounturi={await AccountOfTheSecondAsync(edge)}"];
        await RunUntilAsync(edge, end.AddDays(-10));
        Assert.Contains("first.test; accounturi=", edge.Status("shop.test").Reason, StringComparison.Ordinal);

        await RunUntilAsync(edge, end.AddDays(-7));

        Assert.Equal(_cas.Second.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
        Assert.True(edge.Entry("shop.test").Certificate!.NotAfter > end);
        Assert.Equal(2, Orderings(edge));
    }

    [Fact]
    public async Task Where_the_records_for_both_are_missing_the_two_take_turns_now_and_then()
    {
        var end = await IssueAsync();
        await using var edge = await StartAsync();
        await RunUntilAsync(edge, end.AddDays(-10));
        Assert.Equal(1, Orderings(edge));

        await RunUntilAsync(edge, end.AddDays(-7));

        Assert.InRange(Orderings(edge), 3, 60);
        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
        Assert.All((string[])["first", "second"], name => Assert.Contains($"{name}.test; accounturi=", edge.Status("shop.test").Reason, StringComparison.Ordinal));
    }

    /// <summary>The record for the wished CA is set when the order waits for that of the next one.</summary>
    [Fact]
    public async Task Whoever_asks_for_a_look_has_both_looked_for()
    {
        var end = await IssueAsync();
        await using var edge = await StartAsync();
        var former = (await edge.AccountAsync(_cas.Settings.Provider, "ops@example.test")).Url;
        await RunUntilAsync(edge, end.AddDays(-9).AddMinutes(1));
        Assert.Equal(_cas.Second.DirectoryUrl, edge.Entry("shop.test").Run!.Order.DirectoryUrl);

        _cas.Zone.Texts[Place] = [$"first.test; accounturi={former}"];
        edge.Entry("shop.test").Post(new AcmeKestrel.Lifecycle.LabelRequest { IsForced = true });
        edge.Wake(["shop.test"]);
        await RunUntilAsync(edge, _cas.Time.GetUtcNow());

        Assert.Single(_cas.First.NewOrders, made => made > end.AddDays(-10));
    }

    /// <summary>It is given up for its key, and not for another CA: the wished one is asked again at once.</summary>
    [Fact]
    public async Task An_order_whose_key_is_compromised_is_made_anew_at_the_same_CA()
    {
        var end = await IssueAsync();
        await using var edge = await _cas.StartAsync(Wish with { Challenges = [ChallengeTypes.DnsPersist01], ReuseKey = true });
        await RunUntilAsync(edge, end.AddDays(-15));
        var order = edge.Entry("shop.test").Run!.Order;
        Assert.True(order is { Awaits: not null, ReusesKey: true });

        edge.Entry("shop.test").Post(new AcmeKestrel.Lifecycle.LabelRequest { Revokes = new RevocationRequest(AcmeRevocationReason.KeyCompromise) });
        edge.Wake(["shop.test"]);
        await RunUntilAsync(edge, _cas.Time.GetUtcNow());

        var next = edge.Entry("shop.test").Run!.Order;
        Assert.NotEqual(order.Id, next.Id);
        Assert.Equal((TestCa.DirectoryUrl, false), (next.DirectoryUrl, next.ReusesKey));
    }

    /// <summary>A certificate of the first one, before anybody wants records.</summary>
    /// <returns>Its end.</returns>
    private async Task<DateTimeOffset> IssueAsync()
    {
        await using var edge = await _cas.StartAsync(Wish);
        while (edge.Entry("shop.test").Certificate is null) await GoOnAsync(edge);
        var end = edge.Entry("shop.test").Certificate!.NotAfter;
        _cas.Time.AdjustTime(end.AddDays(-20));
        return end;
    }

    private Task<Edge> StartAsync() => _cas.StartAsync(Wish with { Challenges = [ChallengeTypes.DnsPersist01] });

    private async Task<string> AccountOfTheSecondAsync(Edge edge) => (await edge.AccountAsync(_cas.Settings.Other!, "ops@example.test")).Url;

    private async Task RunUntilAsync(Edge edge, DateTimeOffset end)
    {
        while (await IsDueAsync(edge) <= end)
        {
            Assert.True(Orderings(edge) < Many, $"{Orderings(edge)} orders by {_cas.Time.GetUtcNow():u}");
            await edge.RunNextAsync();
        }

        await edge.PassTimeAsync(end);
    }

    private async Task GoOnAsync(Edge edge)
    {
        await IsDueAsync(edge);
        await edge.RunNextAsync();
    }

    /// <summary>What is looked at in DNS is on another thread, and wakes its label; no time passes meanwhile.</summary>
    private async Task<DateTimeOffset?> IsDueAsync(Edge edge)
    {
        if (edge.Entry("shop.test").Run is { } run && (run.DnsCheck is not null || run.PermanentLook is not null)) await Eventually.TrueAsync(() => edge.Get<Dispatcher>().NextDue <= _cas.Time.GetUtcNow());
        return edge.Get<Dispatcher>().NextDue;
    }

    private static int Orderings(Edge edge) => edge.Events.All.Count(happened => happened is LabelEvent.Ordering);
}
