using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The same names in another order, or under another label, are no reason to buy a certificate again.</summary>
public sealed class HeritageTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public HeritageTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Theory]
    [InlineData("b.test", "b.test", "a.test")]
    [InlineData("front", "a.test", "b.test")]
    public async Task Names_in_another_order_or_under_another_label_take_the_certificate_over(string label, params string[] names)
    {
        await using (var first = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]))) await first.SettleAsync("a.test");

        await using var second = await StartAsync(Wishes.Of(label, names));
        var status = await second.SettleAsync(label);

        Assert.Equal(AcmeCertificateState.Served, status.State);
        Assert.Single(_ca.NewOrders);
        Assert.Equal(second.Published.Current["a.test"].Chain.ToFullChainPem(), second.Published.Current[label].Chain.ToFullChainPem());
        Assert.Equal(["a.test", label], second.Events.All.OfType<LabelEvent.TakenOver>().SelectMany(over => new[] { over.From, over.Label.Label }));
        Assert.Equal(2, _store.All(RecordKind.Certificate).Count);
        Assert.Equal(2, _store.All(RecordKind.Schedule).Count);
    }

    [Fact]
    public async Task It_is_renewed_under_its_new_label_and_the_old_one_goes()
    {
        await using (var first = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]))) await first.SettleAsync("a.test");
        await using var second = await StartAsync(Wishes.Of("b.test", ["b.test", "a.test"]));

        second.Wake(["a.test"]);
        await second.RunAsync(TimeSpan.FromDays(150));

        Assert.Equal(3, _ca.NewOrders.Count);
        Assert.All(_store.All(RecordKind.Certificate), record => Assert.StartsWith("b.test@", record.Key.Name, StringComparison.Ordinal));
        Assert.Equal(["b.test"], second.Published.Current.Keys);
    }

    [Fact]
    public async Task One_that_is_not_what_its_record_says_is_taken_over_once_and_then_renewed()
    {
        await using (var first = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]))) await first.SettleAsync("a.test");
        var record = Assert.Single(_store.All(RecordKind.Certificate));
        var meta = System.Text.Json.Nodes.JsonNode.Parse(record.Content.Find("meta.json")!.Value.Span)!;
        meta["notAfter"] = _time.GetUtcNow().AddDays(400);
        _store.Damage(record.Key, "meta.json", System.Text.Encoding.UTF8.GetBytes(meta.ToJsonString()));
        _time.Advance(TimeSpan.FromDays(80));

        await using var second = await StartAsync(Wishes.Of("b.test", ["b.test", "a.test"]));
        await second.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Served, second.Status("b.test").State);
        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.InRange(second.Events.All.OfType<LabelEvent.TakenOver>().Count(), 0, 1);
    }

    /// <summary>Nobody has used it since, so nobody knows that it ends sooner than was said: each look would find it good and copy it again.</summary>
    [Fact]
    public async Task One_that_turns_out_to_be_due_is_taken_over_once()
    {
        _settings.Ari = false;
        await using var edge = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]));
        await edge.SettleAsync("a.test");
        edge.Drop("a.test");
        await edge.RunAsync(TimeSpan.FromDays(80));
        var left = edge.Entry("a.test");
        left.Certificate = left.Certificate! with { NotAfter = _time.GetUtcNow() + TimeSpan.FromDays(400) };
        var copies = 0;
        _store.BeforeWrite = key => Assert.True(key.Kind != RecordKind.Certificate || ++copies <= 5, "It is copied for ever.");

        edge.Get<Labels>().Change(Wishes.Between(edge.Get<Labels>().Wishes, [Wishes.Of("b.test", ["b.test", "a.test"])]), areWhole: true);
        edge.Wake(["b.test"]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((AcmeCertificateState.Served, 2), (edge.Status("b.test").State, _ca.NewOrders.Count));
        Assert.Single(edge.Events.All.OfType<LabelEvent.TakenOver>());
    }

    [Fact]
    public async Task And_back_again_it_is_the_newest_after_a_restart()
    {
        Wish one = Wishes.Of("a.test", ["a.test", "b.test"]), other = Wishes.Of("b.test", ["b.test", "a.test"]);
        await using (var first = await StartAsync(one)) await first.SettleAsync("a.test");
        await using (var second = await StartAsync(other)) await second.RunAsync(TimeSpan.FromDays(70));
        await using (var third = await StartAsync(one)) await third.RunAsync(TimeSpan.FromDays(25));
        await using var fourth = await StartAsync(one);

        Assert.Equal(AcmeCertificateState.Served, (await fourth.SettleAsync("a.test")).State);
        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.True(fourth.Published.Current["a.test"].Chain.NotAfter > _time.GetUtcNow());
    }

    [Fact]
    public async Task One_that_is_due_for_renewal_is_taken_over_and_renewed()
    {
        await using (var first = await StartAsync(Wishes.Of("a.test", ["a.test", "b.test"]))) await first.SettleAsync("a.test");
        _time.Advance(TimeSpan.FromDays(80));

        await using var second = await StartAsync(Wishes.Of("b.test", ["b.test", "a.test"]));
        await second.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.Single(second.Events.All.OfType<LabelEvent.TakenOver>());
    }

    [Fact]
    public void What_the_other_label_failed_at_stays_with_it()
    {
        var left = new Schedule
        {
            WishPrint = "its",
            Failures = 3,
            Tries = 2,
            Refusals = 2,
            IsRehearsed = true,
            FailedAt = _time.GetUtcNow(),
            NextAttempt = _time.GetUtcNow(),
            NeedsHuman = true,
            Problem = "no",
            FailingNames = ["b.test"],
            Dropped = ["b.test"],
            DroppedProfile = "short",
            Hold = new Hold(_time.GetUtcNow(), "moving"),
            WorkedChallenge = "http-01",
            EarlyRenewals = 2,
            LeftOut = ["c.test"],
            Revoked = ["its"],
        };
        var own = new Schedule { WishPrint = "mine", Revoked = ["ours"], Hold = new Hold(_time.GetUtcNow(), "mine") };

        var taken = ScheduleChanges.AfterTakeOver(own, left);

        Assert.False(taken.HasFailures);
        Assert.Equal((0, false, false), (taken.Refusals, taken.IsRehearsed, taken.NeedsHuman));
        Assert.Equal((own.WishPrint, own.Hold), (taken.WishPrint, taken.Hold));
        Assert.Equal(["its", "ours"], taken.Revoked);
        Assert.Equal(("http-01", 2, "c.test"), (taken.WorkedChallenge, taken.EarlyRenewals, Assert.Single(taken.LeftOut)));
    }

    [Theory]
    [InlineData("other names")]
    [InlineData("fewer names")]
    [InlineData("another key type")]
    [InlineData("another profile")]
    [InlineData("another CA")]
    [InlineData("expired")]
    [InlineData("damaged")]
    [InlineData("wished as well")]
    public async Task Nothing_else_is_taken_over(string difference)
    {
        var old = Wishes.Of("a.test", ["a.test", "b.test"]);
        await using (var first = await StartAsync(old)) await first.SettleAsync("a.test");
        Wish wish = Wishes.Of("b.test", ["b.test", "a.test"]);
        switch (difference)
        {
            case "other names": wish = Wishes.Of("b.test", ["b.test", "c.test"]); break;
            case "fewer names": wish = Wishes.Of("b.test", ["b.test"]); break;
            case "another key type": wish = wish with { KeyType = AcmeKeyType.P384 }; break;
            case "another profile": (wish, _ca.Profiles) = (wish with { Profile = "short" }, ["short"]); break;
            case "another CA": _settings.DirectoryUrl = "https://ca.test:444/dir"; break;
            case "expired": _time.Advance(TimeSpan.FromDays(100)); break;
            case "damaged": _store.Damage(Assert.Single(_store.All(RecordKind.Certificate)).Key, "privkey"); break;
        }

        await using var second = difference == "wished as well" ? await StartAsync(wish, old) : await StartAsync(wish);
        await second.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AcmeCertificateState.Served, second.Status("b.test").State);
        Assert.Equal(2, _ca.NewOrders.Count);
        Assert.Empty(second.Events.All.OfType<LabelEvent.TakenOver>());
    }

    /// <summary>It was whole when the state was read.</summary>
    [Fact]
    public async Task A_record_that_is_damaged_meanwhile_costs_an_order_and_no_name()
    {
        var wish = Wishes.Of("a.test", ["a.test", "b.test"]);
        await using var edge = await StartAsync(wish);
        await edge.SettleAsync("a.test");
        _store.Damage(Assert.Single(_store.All(RecordKind.Certificate)).Key, "privkey");

        edge.Drop("a.test");
        edge.Wish(Wishes.Of("b.test", ["b.test", "a.test"]));
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("b.test").State);
        Assert.Equal(2, _ca.NewOrders.Count);
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
