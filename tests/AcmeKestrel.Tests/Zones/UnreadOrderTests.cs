using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Zones;

/// <summary>An order that cannot be read when the state is taken over needs its DNS records all the same.</summary>
public sealed class UnreadOrderTests : TimedDnsScene
{
    private bool _isAway = true;

    [Fact]
    public async Task The_record_of_an_order_that_cannot_be_read_now_stands_until_that_has_ended()
    {
        await using (var first = await StartAsync("*.shop.test")) await ComeToAsync(first, "does not answer as it should");
        var (order, leftover) = (Assert.Single(Store.All(RecordKind.Order)), Assert.Single(Store.All(RecordKind.DnsLeftover)));
        Store.Shown = record => record.Key == order.Key ? new StoreRecord(record.Key, record.Version, new RecordContent([])) { Error = "The disk does not answer.", IsUnread = true } : record;

        await using var second = await StartAsync("*.shop.test");
        Assert.Empty(second.Get<DnsDebts>().List().Owed);

        Store.Shown = record => record;
        _isAway = false;
        await second.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(AcmeCertificateState.Served, second.Status(Label).State);
        Assert.Equal(["add _acme-challenge.shop.test"], Zone.Done.Where(done => done.StartsWith("add", StringComparison.Ordinal)));
        Assert.Equal(leftover.Key.Name, Assert.Single(second.Get<DnsDebts>().List().Owed).Token);
    }

    [Fact]
    public async Task What_no_order_needs_is_removed_whatever_cannot_be_read()
    {
        await using (var first = await StartAsync("*.shop.test")) await ComeToAsync(first, "does not answer as it should");
        var (order, leftover) = (Assert.Single(Store.All(RecordKind.Order)), Assert.Single(Store.All(RecordKind.DnsLeftover)));
        Store.Shown = record => record.Key == order.Key ? new StoreRecord(new RecordKey(RecordKind.Order, "other.test"), record.Version, new RecordContent([])) { Error = "The disk does not answer.", IsUnread = true } : record;

        await using var second = await StartAsync("*.shop.test");

        Assert.Equal(leftover.Key.Name, Assert.Single(second.Get<DnsDebts>().List().Owed).Token);
    }

    /// <summary>Told of the challenge, it says nothing that tells how far it is.</summary>
    private protected override LocalCaReply Pass(LocalCaRequest request, Func<LocalCaRequest, LocalCaReply> next) =>
        request.Resource == "challenge" && _isAway ? new LocalCaReply(503, [], null, default) : next(request);
}
