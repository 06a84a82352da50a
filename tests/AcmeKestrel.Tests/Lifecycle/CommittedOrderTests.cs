using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>An order that may have been issued is brought to its end, whatever is wished by then.</summary>
public sealed class CommittedOrderTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new() { Limits = ProviderLimits.None with { CertificatesPerExactSet = new RateLimit(5, TimeSpan.FromDays(7)) } };
    private readonly TestCa _ca;

    public CommittedOrderTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time) { ProcessingLooks = 5 });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_label_that_is_wished_no_more_nothing_is_left_in_flight(bool restarts)
    {
        var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        Assert.True(edge.Entry("shop.test").Run!.Order.IsCommitted);
        if (restarts)
        {
            await edge.DisposeAsync();
            edge = await StartAsync();
            edge.Wake(["shop.test"]);
        }
        else
        {
            edge.Drop("shop.test");
        }

        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Single(_store.All(RecordKind.Certificate));
        Assert.Empty(_store.All(RecordKind.Order));
        Assert.Empty((await edge.LedgerAsync(_settings.Provider)).Look(_settings.Limits).Reservations);
        Assert.Empty(edge.Get<StatusBoard>().List());
        await edge.DisposeAsync();
    }

    [Fact]
    public async Task A_name_that_it_did_not_ask_for_is_asked_for_next_and_not_at_the_renewal()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(2));
        Assert.True(edge.Entry("shop.test").Run!.Order.IsCommitted);

        edge.Wish(Wishes.Of("shop.test", optional: ["www.shop.test"]));
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(2, _ca.Certificates.Count);
        Assert.Equal(2, edge.Published.Current["shop.test"].Chain.Identifiers.Count);
    }

    [Fact]
    public void Two_generations_of_one_second_sort_as_they_came()
    {
        var wish = Wishes.Of("shop.test");
        var issue = new Decision.Issue(_settings.Provider, new IssueReason(IssueReasonKind.NoCertificate, "no certificate yet"), wish.Required, wish.Challenges, false, 0);
        var first = PendingOrder.Intent(wish, issue, null, Schedule.Empty, "1", _time.GetUtcNow().AddMilliseconds(100));
        var present = new CertificateFacts("shop.test", Generation(first), new SubjectNameSet([]), AcmeKeyType.P256, KeyFamily.P256, _settings.Provider.Ca, null, _time.GetUtcNow(), _time.GetUtcNow().AddDays(90));

        var second = PendingOrder.Intent(wish, issue, present, Schedule.Empty, "2", _time.GetUtcNow().AddMilliseconds(900));

        Assert.True(string.CompareOrdinal(Generation(first)[..16], Generation(second)[..16]) < 0, $"{Generation(first)} {Generation(second)}");
    }

    private static string Generation(PendingOrder order) => (order with { Progress = new OrderProgress.Created($"https://ca.test/order/{order.Id}", null) }).Generation!;

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
