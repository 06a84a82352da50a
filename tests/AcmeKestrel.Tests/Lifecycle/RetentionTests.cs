using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What is wished no more goes in its time, and nothing else does.</summary>
public sealed class RetentionTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public RetentionTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Theory]
    [InlineData(30)]
    [InlineData(0)]
    [InlineData(100)]
    public async Task A_label_that_is_wished_no_more_is_served_until_its_end_and_goes_after_the_grace(int keep)
    {
        _settings.Keep = TimeSpan.FromDays(keep);
        await using var edge = await StartAsync("gone.test", "kept.test");
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        var end = edge.Published.Current["gone.test"].Chain.NotAfter;
        edge.Drop("gone.test");

        await edge.RunUntilAsync(end + _settings.Keep - TimeSpan.FromMinutes(1));
        Assert.True(edge.Published.Current.ContainsKey("gone.test"));
        Assert.Contains(_store.All(RecordKind.Certificate), record => record.Key.Name.StartsWith("gone.test@", StringComparison.Ordinal));
        Assert.Empty(edge.Events.All.OfType<LabelEvent.Forgotten>());

        await edge.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(["kept.test"], edge.Published.Current.Keys);
        Assert.All(_store.All(RecordKind.Certificate), record => Assert.StartsWith("kept.test@", record.Key.Name, StringComparison.Ordinal));
        Assert.Equal("kept.test", Assert.Single(_store.All(RecordKind.Schedule)).Key.Name);
        Assert.Equal("gone.test", Assert.Single(edge.Events.All.OfType<LabelEvent.Forgotten>()).Label.Label);
        Assert.Equal(["kept.test"], edge.Get<Labels>().All.Select(entry => entry.Label));
    }

    [Fact]
    public async Task What_was_wished_again_in_time_stays()
    {
        await using var edge = await StartAsync("shop.test");
        await edge.SettleAsync("shop.test");
        edge.Drop("shop.test");
        await edge.RunAsync(TimeSpan.FromDays(119));

        edge.Wish(Wishes.Of("shop.test"));
        await edge.RunAsync(TimeSpan.FromDays(5));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        Assert.Empty(edge.Events.All.OfType<LabelEvent.Forgotten>());
    }

    [Fact]
    public async Task A_process_that_starts_after_the_grace_tidies_up()
    {
        await using (var first = await StartAsync("shop.test")) await first.SettleAsync("shop.test");
        _time.Advance(TimeSpan.FromDays(121));

        await using var second = await StartAsync();
        second.Wake(["shop.test"]);
        await second.RunAsync(TimeSpan.FromSeconds(1));

        Assert.Empty(_store.All(RecordKind.Certificate));
        Assert.Empty(_store.All(RecordKind.Schedule));
        Assert.Empty(second.Published.Current);
        Assert.Empty(second.Get<Labels>().All);
    }

    [Theory]
    [InlineData("cert.pem", false)]
    [InlineData("privkey", true)]
    public async Task A_damaged_record_is_never_removed(string part, bool damages)
    {
        await using (var first = await StartAsync("shop.test")) await first.SettleAsync("shop.test");
        var key = Assert.Single(_store.All(RecordKind.Certificate)).Key;
        if (damages) _store.Damage(key, part);
        _time.Advance(TimeSpan.FromDays(500));

        await using var second = await StartAsync();
        second.Wake(["shop.test"]);
        await second.RunAsync(TimeSpan.FromDays(1));

        Assert.Equal(damages, _store.All(RecordKind.Certificate).Any(record => record.Key == key));
    }

    /// <summary>It was whole when the process heard of it, and nobody has used it since.</summary>
    [Fact]
    public async Task One_that_was_damaged_meanwhile_is_never_removed()
    {
        await using (var first = await StartAsync("shop.test")) await first.SettleAsync("shop.test");
        await using var second = await StartAsync();
        var key = Assert.Single(_store.All(RecordKind.Certificate)).Key;
        _store.Damage(key, "privkey");

        second.Wake(["shop.test"]);
        await second.RunAsync(TimeSpan.FromDays(500));

        Assert.Equal(key, Assert.Single(_store.All(RecordKind.Certificate)).Key);
        Assert.Empty(second.Events.All.OfType<LabelEvent.Forgotten>());
    }

    /// <summary>It may be the one whose file has a typo, or whose source is away.</summary>
    [Fact]
    public async Task While_a_wish_cannot_be_read_nothing_is_removed()
    {
        await using var edge = await StartAsync("shop.test");
        await edge.SettleAsync("shop.test");
        edge.AreWishesWhole = false;
        edge.Drop("shop.test");
        await edge.RunAsync(TimeSpan.FromDays(500));
        Assert.Single(_store.All(RecordKind.Certificate));

        edge.AreWishesWhole = true;
        edge.Drop("shop.test");
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Empty(_store.All(RecordKind.Certificate));
    }

    [Fact]
    public async Task Without_the_state_nothing_is_removed()
    {
        await using (var first = await StartAsync("shop.test")) await first.SettleAsync("shop.test");
        _time.Advance(TimeSpan.FromDays(500));
        _store.LeaseIsFree = false;

        await using var second = await StartAsync();
        second.Wake(["shop.test"]);
        await second.RunAsync(TimeSpan.FromDays(1));

        Assert.Single(_store.All(RecordKind.Certificate));
    }

    /// <summary>A flapping route finds what its CA asked of it (Retry-After); a name that never got anywhere leaves nothing behind.</summary>
    [Fact]
    public async Task A_name_without_a_certificate_is_kept_as_long_as_something_is_waited_for()
    {
        await using var edge = await StartAsync("limited.test", "failing.test");
        edge.Reach = (_, _) => "nobody is there";
        _ca.Instead = (kind, payload) => kind == "order" && payload!.ToJsonString().Contains("limited", StringComparison.Ordinal)
            ? TestCa.Problem(System.Net.HttpStatusCode.TooManyRequests, "rateLimited", "wait", retryAfter: 80000)
            : null;
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        edge.Drop("limited.test");
        edge.Drop("failing.test");

        await edge.RunAsync(TimeSpan.FromHours(2));
        Assert.NotEmpty(edge.Entry("limited.test").Schedule.AskedWaits);

        await edge.RunAsync(TimeSpan.FromDays(32));
        Assert.Empty(edge.Get<Labels>().All);
        Assert.Empty(_store.All(RecordKind.Schedule));
    }

    [Fact]
    public void A_request_to_a_label_that_is_gone_is_answered()
    {
        var labels = new Labels();
        var (entry, waiting, late) = (labels.Of("shop.test"), new LabelRequest(), new LabelRequest());
        entry.Post(waiting);

        labels.Forget("shop.test");
        entry.Post(late);

        Assert.True(waiting.Answered.IsCompleted);
        Assert.True(late.Answered.IsCompleted);
        Assert.NotSame(entry, labels.Of("shop.test"));
    }

    [Fact]
    public void A_label_that_is_wished_by_now_is_not_forgotten()
    {
        var labels = new Labels();
        var entry = labels.Of("shop.test");
        labels.Change([new WishChange("shop.test", null, Wishes.Of("shop.test"))], areWhole: true);

        labels.Forget("shop.test");

        Assert.Same(entry, labels.Of("shop.test"));
    }

    private Task<Edge> StartAsync(params string[] names) => Edge.StartAsync(_time, _ca, _settings, _store, [.. names.Select(name => Wishes.Of(name))]);
}
