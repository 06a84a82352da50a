using System.Text.Json.Nodes;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle.Providers;
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
    [InlineData("schedule", "schedule.json", "shop.test")]
    [InlineData("ledger", "ledger.json", "new.test")]
    [InlineData("account", "account.json", "new.test")]
    public async Task A_truncated_record_holds_what_depends_on_it_and_nothing_else(string kindName, string part, string held)
    {
        var kind = new RecordKind(kindName);
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = Limit, FailedAuthorizationsPerIdentifier = Limit };
        await using (var first = await StartAsync(Wishes.Of("shop.test"), Wishes.Of("other.test"))) await first.RunAsync(TimeSpan.FromMinutes(1));
        var (key, damaged) = Truncate(_store.All(kind).First(record => kind != RecordKind.Schedule || record.Key.Name == held), part);
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

    /// <summary>What an editor's hand leaves is JSON, and not what it was.</summary>
    [Theory]
    [InlineData("order", "order.json", "$.progress.challenges", null)]
    [InlineData("order", "order.json", "$.progress.challenges", "null")]
    [InlineData("order", "order.json", "$.progress.challenges", "[null]")]
    [InlineData("order", "order.json", "$.progress.challenges", """[{"identifier":"shop.test"}]""")]
    [InlineData("order", "order.json", "$.progress.orderUrl", null)]
    [InlineData("order", "order.json", "$.identifiers", "null")]
    [InlineData("order", "order.json", "$.identifiers", "[]")]
    [InlineData("order", "order.json", "$.identifiers", "[null]")]
    [InlineData("order", "order.json", "$.identifiers", """["no name"]""")]
    [InlineData("order", "order.json", "$.challenges", "[null]")]
    [InlineData("order", "order.json", "$.label", "\"other.test\"")]
    [InlineData("schedule", "schedule.json", "$.dropped", "null")]
    [InlineData("schedule", "schedule.json", "$.failingNames", "null")]
    [InlineData("schedule", "schedule.json", "$.leftOut", "null")]
    [InlineData("schedule", "schedule.json", "$.renewal", "{}")]
    public async Task A_record_that_was_edited_into_nonsense_holds_its_name_and_no_other(string kindName, string part, string path, string? value)
    {
        var kind = new RecordKind(kindName);
        await using (var issued = await StartAsync(Wishes.Of("shop.test"))) await issued.SettleAsync("shop.test");
        _ca.ValidationLooks = 1000;
        await using (var first = await StartAsync(Wishes.Of("shop.test", ["shop.test", "www.shop.test"]))) await first.RunAsync(TimeSpan.FromSeconds(3));
        _ca.ValidationLooks = 0;
        var record = Assert.Single(_store.All(kind));
        var (key, damaged) = Truncate(record, part, Edited(record.Content.Find(part)!.Value, path[2..].Split('.'), value));

        await using var second = await StartReadAsync(Wishes.Of("shop.test"), Wishes.Of("other.test"));
        await second.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Held, second.Status("shop.test").State);
        Assert.Contains(key.ToString(), second.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.Equal(AcmeCertificateState.Served, second.Status("other.test").State);
        Assert.True(second.Published.Current.ContainsKey("shop.test"));
        await AssertLeftAloneAsync(key, part, damaged);
    }

    /// <summary>An engine of its own may give what no reader thought of.</summary>
    [Theory]
    [InlineData("certificate")]
    [InlineData("schedule")]
    [InlineData("order")]
    public async Task A_record_whose_reader_breaks_holds_its_name_and_no_other(string kindName)
    {
        var kind = new RecordKind(kindName);
        await using (var issued = await StartAsync(Wishes.Of("shop.test"))) await issued.SettleAsync("shop.test");
        _ca.ValidationLooks = 1000;
        await using (var first = await StartAsync(Wishes.Of("shop.test", ["shop.test", "www.shop.test"]))) await first.RunAsync(TimeSpan.FromSeconds(3));
        _ca.ValidationLooks = 0;
        var key = Assert.Single(_store.All(kind)).Key;
        _store.Shown = record => record.Key == key ? record with { Content = null! } : record;

        await using var second = await StartReadAsync(Wishes.Of("shop.test"), Wishes.Of("other.test"));
        await second.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Held, second.Status("shop.test").State);
        Assert.Contains(key.ToString(), second.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.Equal(AcmeCertificateState.Served, second.Status("other.test").State);
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

    /// <summary>One of the records of a ledger that has several.</summary>
    [Fact]
    public async Task A_damaged_level_of_a_ledger_holds_what_is_to_be_ordered_until_it_is_put_right()
    {
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = Limit };
        await using (var first = await StartAsync(Wishes.Of("shop.test")))
        {
            await (await first.LedgerAsync(_settings.Provider)).SpendAsync(LedgerScene.Costs(0, 500), CancellationToken.None);
            await first.SettleAsync("shop.test");
        }

        var whole = _store.All(RecordKind.Ledger)[0];
        var (key, damaged) = Truncate(whole, "changes.json");
        _ca.Requests.Clear();
        await using var second = await StartAsync(Wishes.Of("shop.test"), Wishes.Of("new.test"));
        await second.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((AcmeCertificateState.Held, AcmeCertificateState.Served), (second.Status("new.test").State, second.Status("shop.test").State));
        Assert.Contains($"{key}: changes.json is damaged", second.Status("new.test").Reason, StringComparison.Ordinal);
        Assert.Empty(_ca.Requests);
        await AssertLeftAloneAsync(key, "changes.json", damaged);

        await _store.WriteAsync(whole.Key, whole.Content, null, null, CancellationToken.None);
        await second.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(AcmeCertificateState.Served, second.Status("new.test").State);
        Assert.Equal(500, (await second.LedgerAsync(_settings.Provider)).Snapshot.Buckets.Keys.Count(bucket => bucket.StartsWith("set|", StringComparison.Ordinal)));
    }

    /// <summary>A kill came between its certificate and the end of its record. What it took of the CA's limits stays taken.</summary>
    [Fact]
    public async Task A_damaged_ledger_keeps_no_order_whose_certificate_is_here()
    {
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = Limit };
        _store.BeforeWrite = key =>
        {
            if (key.Kind == RecordKind.Order && _store.All(RecordKind.Certificate).Count > 0) throw new StoreUnavailableException("The disk is full.");
        };
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.RunAsync(TimeSpan.FromSeconds(30));
        Assert.Single(_store.All(RecordKind.Order));
        _store.BeforeWrite = _ => { };
        var (key, damaged) = Truncate(_store.All(RecordKind.Ledger).Single(), "ledger.json");

        await using var second = await StartAsync(Wishes.Of("shop.test"));
        await second.RunAsync(TimeSpan.FromSeconds(30));

        Assert.Empty(_store.All(RecordKind.Order));
        Assert.Equal(AcmeCertificateState.Served, second.Status("shop.test").State);
        await AssertLeftAloneAsync(key, "ledger.json", damaged);
    }

    [Fact]
    public async Task A_damaged_record_of_a_label_that_nobody_wishes_is_left_alone()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");
        var record = _store.All(RecordKind.Schedule).Single();
        _store.Damage(record.Key, "schedule.json");
        var log = new ToldEvents();
        await using var second = await Edge.StartAsync(_time, _ca, _settings, _store, [], log: log);
        second.Wake(["shop.test"]);
        await second.RunAsync(TimeSpan.FromHours(5));

        // Nobody wants its schedule, so nobody reads it.
        Assert.Equal((0, 0), (log.Count(621), log.Count(603)));
    }

    private (RecordKey Key, byte[] Damaged) Truncate(StoreRecord record, string part, string? content = null)
    {
        var whole = record.Content.Find(part)!.Value;
        var damaged = content is null ? whole[..(whole.Length / 2)].ToArray() : System.Text.Encoding.UTF8.GetBytes(content);
        _store.Damage(record.Key, part, damaged);
        return (record.Key, damaged);
    }

    /// <param name="value">Null: the member goes.</param>
    private static string Edited(ReadOnlyMemory<byte> json, string[] path, string? value)
    {
        var root = JsonNode.Parse(json.Span)!.AsObject();
        var owner = path[..^1].Aggregate(root, (node, member) => node[member]!.AsObject());
        if (value is null) owner.Remove(path[^1]);
        else owner[path[^1]] = JsonNode.Parse(value);
        return root.ToJsonString();
    }

    private async Task AssertLeftAloneAsync(RecordKey key, string part, byte[] damaged) =>
        Assert.Equal(damaged, (await _store.ReadAsync(key, CancellationToken.None))!.Content.Find(part)!.Value.ToArray());

    /// <summary>With the state read: without it each beat of the lease would read it anew, and virtual time would never pass.</summary>
    private async Task<Edge> StartReadAsync(params Wish[] wishes)
    {
        var edge = await StartAsync(wishes);
        Assert.NotNull(edge.Get<WorkerGate>().Session);
        return edge;
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
