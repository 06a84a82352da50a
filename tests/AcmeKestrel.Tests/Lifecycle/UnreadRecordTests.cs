using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A record that cannot be read now is no damaged one: what depends on it waits and goes on by itself, and nothing is bought in its place.</summary>
public sealed class UnreadRecordTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestCa _ca;
    private readonly ToldEvents _log = new();

    public UnreadRecordTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The one before it is due for renewal, and is served meanwhile.</summary>
    [Fact]
    public async Task While_the_newest_certificate_cannot_be_read_nothing_is_renewed()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.RunAsync(TimeSpan.FromDays(65));
        var records = _store.All(RecordKind.Certificate);
        Assert.Equal((2, 2), (records.Count, _ca.NewOrders.Count));
        Hide(records[1].Key);

        await using var second = await StartAsync(Wishes.Of("shop.test"), Wishes.Of("other.test"));
        await second.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(AcmeCertificateState.Held, second.Status("shop.test").State);
        Assert.Contains("The disk does not answer.", second.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.Equal(records[0].Key.Name, $"shop.test@{second.Published.Current["shop.test"].Id}");
        Assert.Equal(AcmeCertificateState.Served, second.Status("other.test").State);

        Show();
        await second.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(AcmeCertificateState.Served, second.Status("shop.test").State);
        Assert.Equal(records[1].Key.Name, $"shop.test@{second.Published.Current["shop.test"].Id}");
        Assert.Equal(3, _ca.NewOrders.Count);
        Assert.Equal((0, true), (_log.Count(621), _log.Count(623) > 0));
    }

    [Theory]
    [InlineData("schedule")]
    [InlineData("order")]
    [InlineData("account")]
    [InlineData("ledger")]
    public async Task What_depends_on_it_waits_and_then_goes_on_as_if_nothing_had_been(string kindName)
    {
        var kind = new RecordKind(kindName);
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(100, TimeSpan.FromHours(3)) };
        _ca.ValidationLooks = 1000;
        await using (var first = await StartAsync(Wishes.Of("shop.test")))
        {
            await first.RunAsync(TimeSpan.FromSeconds(3));
            if (kind == RecordKind.Schedule) await AcmeKestrel.Lifecycle.State.ScheduleRecord.SaveAsync(first.Session, "shop.test", AcmeKestrel.Lifecycle.Planning.Schedule.Empty, Token);
        }

        _ca.ValidationLooks = 0;
        Hide(_store.All(kind)[0].Key);
        await using var second = await StartAsync(Wishes.Of("shop.test"));
        await second.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(AcmeCertificateState.Held, second.Status("shop.test").State);
        Assert.Contains("The disk does not answer.", second.Status("shop.test").Reason, StringComparison.Ordinal);

        Show();
        await second.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(AcmeCertificateState.Served, second.Status("shop.test").State);
        Assert.Equal((1, 1), (_ca.NewOrders.Count, _ca.Accounts));
        Assert.Equal(0, _log.Count(621));
    }

    /// <summary>Its name gets nothing else in its place.</summary>
    [Fact]
    public async Task A_handshake_that_wants_it_is_told_that_it_may_pass()
    {
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        var (source, facts) = (edge.Get<StoredCertificates>(), edge.Entry("shop.test").Certificate!);
        Hide(_store.All(RecordKind.Certificate)[0].Key);

        var met = await Assert.ThrowsAsync<StoreUnavailableException>(() => source.ReadAsync(facts, Token).AsTask());
        Assert.True(source.IsTemporary(met));
        Assert.True(edge.Entry("shop.test").IsSuspect);

        Show();
        Assert.Equal(facts.Generation, (await source.ReadAsync(facts, Token))!.Id);
    }

    [Fact]
    public async Task What_is_wished_no_more_stays_until_it_was_read_and_goes_then()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");
        var key = Assert.Single(_store.All(RecordKind.Certificate)).Key;
        _time.Advance(TimeSpan.FromDays(500));
        Hide(key);
        await using var second = await StartAsync();
        second.Wake(["shop.test"]);
        await second.RunAsync(TimeSpan.FromDays(1));
        Assert.Equal(key, Assert.Single(_store.All(RecordKind.Certificate)).Key);

        Show();
        await second.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(_store.All(RecordKind.Certificate));
    }

    [Fact]
    public async Task One_that_another_label_left_behind_is_waited_for()
    {
        await using var edge = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]));
        await edge.SettleAsync("a.test");
        Hide(Assert.Single(_store.All(RecordKind.Certificate)).Key);
        edge.Drop("a.test");
        edge.Wish(Wishes.Of("b.test", ["b.test", "a.test"]));
        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(AcmeCertificateState.Held, edge.Status("b.test").State);

        Show();
        await edge.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Equal((AcmeCertificateState.Served, 1), (edge.Status("b.test").State, _ca.NewOrders.Count));
    }

    private void Hide(RecordKey key) => _store.Shown = record =>
        record.Key == key ? new StoreRecord(key, record.Version, new RecordContent([])) { Error = $"{key} cannot be read now: The disk does not answer.", IsUnread = true } : record;

    private void Show() => _store.Shown = record => record;

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes, log: _log);
}
