using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The previous certificate is the label's again: over restarts, until its own time, and in nobody else's way.</summary>
public sealed class RollBackTests
{
    private const string Shop = "shop.test";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public RollBackTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_previous_certificate_is_served_again_over_restarts_and_renewed_at_its_own_time()
    {
        await using (var edge = await StartAsync())
        {
            var (first, second) = await IssueTwiceAsync(edge);

            var result = await RollBackAsync(edge);

            Assert.Equal((true, null, false), (result!.IsRolledBack, result.Problem, result.IsRenewalDue));
            Assert.Equal((AcmeCertificateState.Served, first.Origin.IssuedAt), (result.Status.State, result.IssuedAt));
            Assert.True(IsSame(first, edge.Published.Current[Shop]));
            Assert.True(string.CompareOrdinal(edge.Published.Current[Shop].Id, second.Id) > 0);
            await edge.RunAsync(TimeSpan.FromDays(2));
            Assert.Equal(2, _ca.Certificates.Count);
            Assert.Equal(first.Id, Assert.Single(edge.Events.All.OfType<LabelEvent.RolledBack>()).To);
        }

        await using var next = await StartAsync();
        await next.RunAsync(TimeSpan.FromDays(1));
        Assert.Equal(_ca.Certificates[0].At, next.Published.Current[Shop].Origin.IssuedAt);
        Assert.Equal(2, _ca.Certificates.Count);

        await next.RunUntilAsync(_ca.Certificates[0].At.AddDays(61));
        Assert.Equal(3, _ca.Certificates.Count);
        Assert.InRange(_ca.Certificates[2].At, _ca.Certificates[0].At.AddDays(57), _ca.Certificates[0].At.AddDays(60.1));
    }

    [Fact]
    public async Task Asked_once_more_it_is_the_other_way_round_and_nothing_piles_up()
    {
        await using var edge = await StartAsync();
        var (first, second) = await IssueTwiceAsync(edge);

        for (var time = 0; time < 3; time++)
        {
            Assert.True((await RollBackAsync(edge))!.IsRolledBack);
            Assert.True(IsSame(first, edge.Published.Current[Shop]));
            Assert.True((await RollBackAsync(edge))!.IsRolledBack);
            Assert.True(IsSame(second, edge.Published.Current[Shop]));
        }

        Assert.Equal(2, _ca.Certificates.Count);
        Assert.Equal(3, _store.All(RecordKind.Certificate).Count);
    }

    [Fact]
    public async Task Whoever_asks_at_the_same_time_is_told_the_same()
    {
        await using var edge = await StartAsync();
        var (first, _) = await IssueTwiceAsync(edge);

        Task<AcmeRollBackResult?>[] asked = [.. Enumerable.Range(0, 3).Select(_ => edge.Get<IAcmeCertificates>().RollBackAsync(Shop, Token))];
        await edge.RunAsync(TimeSpan.FromSeconds(10));

        foreach (var result in await Task.WhenAll(asked)) Assert.Equal((true, null, first.Origin.IssuedAt), (result!.IsRolledBack, result.Problem, result.IssuedAt));
        Assert.True(IsSame(first, edge.Published.Current[Shop]));
        Assert.Single(edge.Events.All.OfType<LabelEvent.RolledBack>());

        // Where there is nothing to go back to, all are told that, too.
        edge.Wish(Wishes.Of(Shop) with { KeyType = AcmeKeyType.P384 });
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        asked = [.. Enumerable.Range(0, 3).Select(_ => edge.Get<IAcmeCertificates>().RollBackAsync(Shop, Token))];
        await edge.RunAsync(TimeSpan.FromSeconds(10));
        foreach (var result in await Task.WhenAll(asked)) Assert.Contains("another key type", result!.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_due_is_served_and_renewed_and_the_result_says_so()
    {
        await using var edge = await StartAsync();
        await edge.SettleAsync(Shop);
        await edge.RunUntilAsync(_ca.Certificates[0].At.AddDays(62));
        Assert.Equal(2, _ca.Certificates.Count);
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(System.Net.HttpStatusCode.BadRequest, "rejectedIdentifier", "not now") : null;

        var result = await RollBackAsync(edge);

        Assert.Equal((true, true, AcmeCertificateState.Failing), (result!.IsRolledBack, result.IsRenewalDue, result.Status.State));
        Assert.Equal(_ca.Certificates[0].At, edge.Published.Current[Shop].Origin.IssuedAt);
        _ca.Instead = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(3, _ca.Certificates.Count);
    }

    [Fact]
    public async Task Other_labels_are_renewed_as_ever()
    {
        await using var edge = await StartAsync(Wishes.Of(Shop), Wishes.Of("other.test"));
        await IssueTwiceAsync(edge);
        await RollBackAsync(edge);

        await edge.RunAsync(TimeSpan.FromDays(61));

        Assert.Equal(2, _ca.Certificates.Count(issued => issued.Names.Contains("other.test")));
        Assert.Equal(3, _ca.Certificates.Count(issued => issued.Names.Contains(Shop)));
    }

    [Theory]
    [InlineData("alone", "no other certificate")]
    [InlineData("expired", "expired")]
    [InlineData("names", "www.shop.test is not in it")]
    [InlineData("key", "another key type")]
    public async Task What_would_be_replaced_at_once_or_is_good_for_nobody_is_not_gone_back_to(string which, string because)
    {
        await using var edge = await StartAsync();
        await edge.SettleAsync(Shop);
        if (which == "expired") _time.AdjustTime(_time.GetUtcNow().AddDays(91));
        if (which == "names") edge.Wish(Wishes.Of(Shop, [Shop, "www.shop.test"]));
        if (which == "key") edge.Wish(Wishes.Of(Shop) with { KeyType = AcmeKeyType.P384 });
        edge.Wake([Shop]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        var (served, writes) = (edge.Published.Current[Shop].Id, _store.Writes);
        Assert.Equal(which == "alone" ? 1 : 2, _ca.Certificates.Count);

        var result = await RollBackAsync(edge);

        Assert.False(result!.IsRolledBack);
        Assert.Contains(because, result.Problem, StringComparison.Ordinal);
        Assert.Equal((served, writes), (edge.Published.Current[Shop].Id, _store.Writes));
    }

    [Fact]
    public async Task A_name_that_may_be_left_out_is_asked_for_at_the_renewal_and_not_before()
    {
        await using var edge = await StartAsync(Wishes.Of(Shop, ["www.shop.test"]));
        await edge.SettleAsync(Shop);
        edge.Wish(Wishes.Of(Shop, ["www.shop.test"], [Shop]));
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(2, _ca.Certificates.Count);

        var result = await RollBackAsync(edge);
        await edge.RunAsync(TimeSpan.FromDays(50));

        Assert.True(result!.IsRolledBack);
        Assert.Equal([Shop], result.Status.DroppedNames);
        Assert.Equal(2, _ca.Certificates.Count);
        await edge.RunAsync(TimeSpan.FromDays(11));
        Assert.Equal(2, _ca.Certificates[2].Names.Count);
    }

    [Fact]
    public async Task While_an_order_is_under_way_there_is_no_going_back()
    {
        await using var edge = await StartAsync();
        await IssueTwiceAsync(edge);
        _ca.ValidationLooks = 1000;
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(5));

        var asked = edge.Get<IAcmeCertificates>().RollBackAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        _ca.ValidationLooks = 0;
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Contains("an order is under way", (await asked)!.Problem, StringComparison.Ordinal);
        await renewal;
        Assert.Equal(3, _ca.Certificates.Count);
    }

    [Fact]
    public async Task A_label_that_nobody_wishes_has_nothing_to_go_back_to()
    {
        await using var edge = await StartAsync();

        Assert.Null(await edge.Get<IAcmeCertificates>().RollBackAsync("nobody.test", Token));
    }

    [Fact]
    public async Task A_state_that_cannot_be_written_is_said()
    {
        await using var edge = await StartAsync();
        var (_, second) = await IssueTwiceAsync(edge);
        _store.BeforeWrite = _ => throw new StoreUnavailableException("the disk is full");

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => RollBackAsync(edge));

        Assert.Contains("the disk is full", refused.Message, StringComparison.Ordinal);
        Assert.Equal(second.Id, edge.Published.Current[Shop].Id);
    }

    [Fact]
    public async Task Killed_at_any_moment_one_whole_certificate_is_served_and_nothing_is_bought()
    {
        for (var moment = 1; ; moment++)
        {
            var store = new TestStore(_time);
            var ca = new TestCa(_time);
            await using (var edge = await Edge.StartAsync(_time, ca, _settings, store, [Wishes.Of(Shop)])) await IssueTwiceAsync(edge);

            var death = new Death(moment);
            try
            {
                await using var dying = await Edge.StartAsync(_time, ca, _settings, new Death.Store(store, death), [Wishes.Of(Shop)]);
                await RollBackAsync(dying);
            }
            catch (Exception) when (death.HasCome)
            {
            }

            await using var next = await Edge.StartAsync(_time, ca, _settings, store, [Wishes.Of(Shop)]);
            await next.RunAsync(TimeSpan.FromMinutes(5));
            Assert.Equal(AcmeCertificateState.Served, next.Status(Shop).State);
            Assert.Equal(2, ca.Certificates.Count);
            Assert.Equal(store.All(RecordKind.Certificate).Select(GenerationRecord.Read).MaxBy(stored => stored.Id, StringComparer.Ordinal)!.Id, next.Published.Current[Shop].Id);
            if (death.HasCome) continue;

            Assert.Equal(ca.Certificates[0].At, next.Published.Current[Shop].Origin.IssuedAt);
            Assert.True(moment > 4, "The decorators are not in the way.");
            return;
        }
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes.Length > 0 ? wishes : [Wishes.Of(Shop)]);

    private static async Task<(Generation First, Generation Second)> IssueTwiceAsync(Edge edge)
    {
        await edge.SettleAsync(Shop);
        var first = edge.Published.Current[Shop];
        await edge.RunAsync(TimeSpan.FromDays(1));
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        await renewal;
        var second = edge.Published.Current[Shop];
        Assert.False(IsSame(first, second));
        return (first, second);
    }

    private static async Task<AcmeRollBackResult?> RollBackAsync(Edge edge)
    {
        var asked = edge.Get<IAcmeCertificates>().RollBackAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(10));
        return await asked.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    private static bool IsSame(Generation one, Generation other) => one.Chain.Leaf.Span.SequenceEqual(other.Chain.Leaf.Span) && one.PrivateKeyPkcs8.Span.SequenceEqual(other.PrivateKeyPkcs8.Span);
}
