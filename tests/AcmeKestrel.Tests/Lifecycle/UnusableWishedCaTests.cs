using AcmeKestrel.Certificates;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What this side lacks for the wished CA keeps no certificate from being renewed elsewhere before it ends.</summary>
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
