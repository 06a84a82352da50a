using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Records cut off by a full disk or an editor: named, left alone, and in nobody else's way.</summary>
public sealed class DamagedRecordTests
{
    private static readonly RateLimit Limit = new(100, TimeSpan.FromHours(3));

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public DamagedRecordTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Theory]
    [InlineData(RecordKind.Schedule, "schedule.json", "shop.test")]
    [InlineData(RecordKind.Ledger, "ledger.json", "new.test")]
    [InlineData(RecordKind.Account, "account.json", "new.test")]
    public async Task A_truncated_record_holds_what_depends_on_it_and_nothing_else(RecordKind kind, string part, string held)
    {
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = Limit, FailedAuthorizationsPerIdentifier = Limit };
        await using (var first = await StartAsync(Wishes.Of("shop.test"), Wishes.Of("other.test"))) await first.RunAsync(TimeSpan.FromMinutes(1));
        var (key, damaged) = Truncate(_store.All(kind).First(record => kind is not RecordKind.Schedule || record.Key.Name == held), part);
        _ca.Requests.Clear();

        await using var second = await StartAsync(Wishes.Of("shop.test"), Wishes.Of("other.test"), Wishes.Of(held));
        await second.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Held, second.Status(held).State);
        Assert.Contains(key.ToString(), second.Status(held).Reason, StringComparison.Ordinal);
        Assert.Contains(part, second.Status(held).Reason, StringComparison.Ordinal);
        Assert.Equal(AcmeCertificateState.Served, second.Status("other.test").State);
        Assert.True(second.Published.Current.ContainsKey("shop.test"));
        Assert.Empty(_ca.Requests);
        await AssertLeftAloneAsync(key, part, damaged);
    }

    [Theory]
    [InlineData("order.json", null)]
    [InlineData("order.json", "")]
    [InlineData("order.json", "{}")]
    [InlineData("order.json", "null")]
    [InlineData("order.json", """{ "progress": {} }""")]
    [InlineData("privkey", null)]
    public async Task A_damaged_order_holds_its_name_and_is_not_ordered_past(string part, string? content)
    {
        _ca.ValidationLooks = 1000;
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.RunAsync(TimeSpan.FromSeconds(3));
        _ca.ValidationLooks = 0;
        var (key, damaged) = Truncate(Assert.Single(_store.All(RecordKind.Order)), part, content);

        await using var second = await StartAsync(Wishes.Of("shop.test"), Wishes.Of("other.test"));
        await second.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Held, second.Status("shop.test").State);
        Assert.Contains(key.ToString(), second.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.Equal(AcmeCertificateState.Served, second.Status("other.test").State);
        Assert.Equal(2, _ca.NewOrders.Count);
        await AssertLeftAloneAsync(key, part, damaged);
    }

    [Fact]
    public async Task A_damaged_record_that_was_put_right_is_noticed()
    {
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = Limit };
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");
        var whole = Assert.Single(_store.All(RecordKind.Account));
        Truncate(whole, "account.json");
        await using var second = await StartAsync(Wishes.Of("new.test"));
        Assert.Equal(AcmeCertificateState.Held, (await second.SettleAsync("new.test")).State);

        await _store.WriteAsync(whole.Key, whole.Content, null, null, CancellationToken.None);
        await second.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(AcmeCertificateState.Served, second.Status("new.test").State);
        Assert.Equal(1, _ca.Accounts);
    }

    private (RecordKey Key, byte[] Damaged) Truncate(StoreRecord record, string part, string? content = null)
    {
        var whole = record.Content.Find(part)!.Value;
        var damaged = content is null ? whole[..(whole.Length / 2)].ToArray() : System.Text.Encoding.UTF8.GetBytes(content);
        _store.Damage(record.Key, part, damaged);
        return (record.Key, damaged);
    }

    private async Task AssertLeftAloneAsync(RecordKey key, string part, byte[] damaged) =>
        Assert.Equal(damaged, (await _store.ReadAsync(key, CancellationToken.None))!.Content.Find(part)!.Value.ToArray());

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
