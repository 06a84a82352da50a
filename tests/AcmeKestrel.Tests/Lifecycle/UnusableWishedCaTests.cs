using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What this side lacks for the wished CA, a record or what a human is to do there, keeps no certificate from being renewed elsewhere before it ends.</summary>
public sealed class UnusableWishedCaTests : IAsyncDisposable
{
    private static readonly Wish Wish = Wishes.Of("shop.test") with { Fallbacks = ["second"] };

    private readonly TwoCas _cas = new();

    public ValueTask DisposeAsync() => _cas.DisposeAsync();

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Near_the_end_the_next_CA_is_asked_where_a_record_of_the_first_cannot_be_used(bool isUnread, bool hasOrder)
    {
        var end = await IssueAsync();
        if (hasOrder) await LeaveOrderAsync(end);
        else _cas.Time.AdjustTime(end.AddDays(-11));
        Spoil(_cas.Store.All(RecordKind.Account)[0].Key, "account.json", isUnread);

        await using var edge = await _cas.StartAsync(Wish);
        if (!hasOrder)
        {
            await edge.RunUntilAsync(end.AddDays(-10));
            Assert.Empty(_cas.SecondOrders);
        }

        await edge.RunUntilAsync(end.AddDays(-7));

        AssertIsOfTheSecond(edge, end);
        Assert.Empty(_cas.Store.All(RecordKind.Order));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_order_whose_CAs_ledger_cannot_be_used_is_given_up_for_the_next_CA(bool isUnread)
    {
        _cas.Settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(100, TimeSpan.FromHours(3)) };
        var end = await IssueAsync();
        await LeaveOrderAsync(end);
        Spoil(new RecordKey(RecordKind.Ledger, _cas.Settings.Provider.Ca.RecordName), "ledger.json", isUnread);

        await using var edge = await _cas.StartAsync(Wish);
        await edge.RunUntilAsync(end.AddDays(-7));

        AssertIsOfTheSecond(edge, end);
        Assert.Empty(_cas.Store.All(RecordKind.Order));
    }

    /// <summary>The first one wants something of the operator; the second one does not.</summary>
    [Fact]
    public async Task What_a_human_is_to_do_at_one_CA_keeps_no_other_one_from_being_asked()
    {
        RefuseAtTheFirst();
        await using var edge = await _cas.StartAsync(Wish);

        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(_cas.Second.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
        Assert.Equal(1, _cas.First.Requests.Count(kind => kind == "order"));
    }

    /// <summary>The other CA's reason hides nothing that the operator could do.</summary>
    [Fact]
    public async Task What_a_human_is_to_do_is_said_where_the_next_CA_cannot_be_asked()
    {
        _cas.Settings.Other = _cas.Settings.Other! with { NeedsExternalAccount = true };
        RefuseAtTheFirst();
        await using var edge = await _cas.StartAsync(Wish);

        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
        Assert.Contains("visit our page first", edge.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.Empty(_cas.SecondOrders);
    }

    [Fact]
    public async Task What_a_human_is_to_do_is_said_where_the_next_CA_does_not_validate()
    {
        RefuseAtTheFirst();
        await using var edge = await _cas.StartAsync(Wish);
        edge.Reach = (_, _) => "unreachable";

        await edge.RunAsync(TimeSpan.FromMinutes(30));

        Assert.NotEmpty(_cas.SecondOrders);
        Assert.Contains("unreachable", edge.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.Contains("; test: ", edge.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.Contains("visit our page first", edge.Status("shop.test").Reason, StringComparison.Ordinal);
    }

    /// <summary>Alone, it says so once.</summary>
    [Fact]
    public async Task What_a_human_is_to_do_is_said_once_where_there_is_no_other_CA()
    {
        RefuseAtTheFirst();
        await using var edge = await _cas.StartAsync(Wish with { Fallbacks = [] });

        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(2, edge.Status("shop.test").Reason!.Split("visit our page first").Length);
    }

    [Theory]
    [InlineData(90)]
    [InlineData(1 / 24.0)]
    public async Task A_renewal_that_waits_for_a_human_at_the_wished_CA_comes_from_the_next_one_before_the_end(double days)
    {
        _cas.First.Lifetime = TimeSpan.FromDays(days);
        await using var edge = await _cas.StartAsync(Wish);
        await edge.SettleAsync("shop.test");
        var end = edge.Entry("shop.test").Certificate!.NotAfter;
        RefuseAtTheFirst();

        await edge.RunUntilAsync(end - (_cas.First.Lifetime / 20));

        AssertIsOfTheSecond(edge, end);
    }

    /// <summary>Whatever the second one does: neither is asked without end, and the first one not before a human can have acted.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_neither_will_each_is_asked_now_and_then(bool isForHuman)
    {
        RefuseAtTheFirst();
        if (isForHuman) RefuseAtTheSecond();
        await using var edge = await _cas.StartAsync(Wish);
        edge.Reach = (_, _) => "unreachable";

        await edge.RunAsync(TimeSpan.FromHours(23));

        Assert.Equal(1, _cas.First.Requests.Count(kind => kind == "order"));
        Assert.InRange(_cas.SecondOrders.Count, 1, isForHuman ? 1 : 6);
        Assert.NotEqual(AcmeCertificateState.Served, edge.Status("shop.test").State);

        await edge.RunAsync(TimeSpan.FromHours(8));
        Assert.Equal(2, _cas.First.Requests.Count(kind => kind == "order"));
    }

    /// <summary>A human says that it is done: both are asked at once.</summary>
    [Fact]
    public async Task Whoever_asks_for_an_attempt_has_the_wished_CA_asked_again()
    {
        RefuseAtTheFirst();
        RefuseAtTheSecond();
        await using var edge = await _cas.StartAsync(Wish);
        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);

        _cas.First.Instead = (_, _) => null;
        edge.Entry("shop.test").Post(new AcmeKestrel.Lifecycle.LabelRequest { IsForced = true });
        edge.Wake(["shop.test"]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(TestCa.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
    }

    /// <summary>Alone, the wished CA is looked at again in time for what is left.</summary>
    [Fact]
    public async Task Without_another_CA_what_a_human_has_done_is_seen_before_the_certificate_ends()
    {
        _cas.First.Lifetime = TimeSpan.FromHours(1);
        await using var edge = await _cas.StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        var end = edge.Entry("shop.test").Certificate!.NotAfter;
        RefuseAtTheFirst();
        await edge.RunUntilAsync(end.AddMinutes(-15));

        _cas.First.Instead = (_, _) => null;
        await edge.RunUntilAsync(end.AddMinutes(-5));

        Assert.True(edge.Entry("shop.test").Certificate!.NotAfter > end);
    }

    private void RefuseAtTheFirst() => _cas.First.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.Forbidden, "userActionRequired", "visit our page first") : null;

    private void RefuseAtTheSecond() => (_cas.AnswerOfTheSecond, _cas.ProblemOfTheSecond) = (resource => resource == "new-order" ? 403 : null, "userActionRequired");

    /// <summary>A certificate of the first CA.</summary>
    /// <returns>Its end.</returns>
    private async Task<DateTimeOffset> IssueAsync()
    {
        await using var edge = await _cas.StartAsync(Wish);
        await edge.SettleAsync("shop.test");
        return edge.Entry("shop.test").Certificate!.NotAfter;
    }

    /// <summary>An order at the first CA is under way when the certificate has less than a tenth of its life left.</summary>
    private async Task LeaveOrderAsync(DateTimeOffset end)
    {
        _cas.Time.AdjustTime(end.AddDays(-8));
        _cas.First.ValidationLooks = int.MaxValue;
        await using var edge = await _cas.StartAsync(Wish);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        Assert.Single(_cas.Store.All(RecordKind.Order));
        Assert.Empty(_cas.SecondOrders);
    }

    private void Spoil(RecordKey key, string part, bool isUnread)
    {
        if (!isUnread) _cas.Store.Damage(key, part);
        else _cas.Store.Shown = record => record.Key == key ? new StoreRecord(key, record.Version, new RecordContent([])) { Error = $"{key} cannot be read now", IsUnread = true } : record;
    }

    private void AssertIsOfTheSecond(Edge edge, DateTimeOffset end)
    {
        Assert.Equal(_cas.Second.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
        Assert.True(edge.Entry("shop.test").Certificate!.NotAfter > end);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }
}
