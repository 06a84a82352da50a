using System.Net;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Another CA is asked where the wished one fails again and again, or where the end comes near; and that one again at the next renewal.</summary>
public sealed class FailoverTests : IAsyncDisposable
{
    private readonly TwoCas _cas = new();
    private static readonly Wish Wish = Wishes.Of("shop.test") with { Fallbacks = ["second"] };

    public ValueTask DisposeAsync() => _cas.DisposeAsync();

    [Fact]
    public async Task A_CA_that_dies_in_the_middle_of_a_renewal_is_replaced_and_is_asked_again_at_the_next_one()
    {
        await using var edge = await _cas.StartAsync(Wish);
        await edge.SettleAsync("shop.test");
        var first = edge.Entry("shop.test").Certificate!;
        Assert.Equal(TestCa.DirectoryUrl, first.Ca.DirectoryUrl);

        // It dies once the order of the renewal is made.
        _cas.First.Instead = (kind, _) => _cas.First.Orders.Count < 2 || kind == "order" ? null : throw new HttpRequestException("connection refused");
        await edge.RunAsync(TimeSpan.FromDays(61));
        Assert.Equal(2, _cas.First.Orders.Count);
        var second = edge.Entry("shop.test").Certificate!;
        Assert.Equal(_cas.Second.DirectoryUrl, second.Ca.DirectoryUrl);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);

        _cas.First.Instead = (_, _) => null;
        await edge.RunUntilAsync(second.NotAfter.AddDays(-1));
        var third = edge.Entry("shop.test").Certificate!;
        Assert.Equal(TestCa.DirectoryUrl, third.Ca.DirectoryUrl);
        Assert.Null(_cas.First.Certificates[^1].Replaces);
        Assert.InRange(third.NotAfter - second.NotAfter, TimeSpan.FromDays(1), TimeSpan.FromDays(90));
    }

    /// <summary>It is one outage, and no name's: the second CA is asked once for each name, and the first one by a probe now and then.</summary>
    [Fact]
    public async Task A_hiccup_moves_nobody()
    {
        _cas.IsFirstDown = true;
        await using var edge = await _cas.StartAsync(Wish, Wishes.Of("other.test") with { Fallbacks = ["second"] });

        await edge.RunAsync(TimeSpan.FromSeconds(30));
        _cas.IsFirstDown = false;
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Empty(_cas.SecondOrders);
        Assert.All((string[])["shop.test", "other.test"], label => Assert.Equal(TestCa.DirectoryUrl, edge.Entry(label).Certificate!.Ca.DirectoryUrl));
        Assert.Equal(2, edge.Published.Current.Count);
    }

    [Fact]
    public async Task New_names_come_from_the_second_CA_when_the_first_stays_away()
    {
        _cas.IsFirstDown = true;
        await using var edge = await _cas.StartAsync(Wish, Wishes.Of("other.test") with { Fallbacks = ["second"] }, Wishes.Of("alone.test"));

        await edge.RunAsync(TimeSpan.FromMinutes(20));

        Assert.Equal(["other.test", "shop.test"], edge.Published.Current.Keys.Order());
        Assert.Equal(2, _cas.SecondOrders.Count);
        Assert.Contains("does not answer", edge.Status("alone.test").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_CA_that_refuses_again_and_again_is_passed()
    {
        _cas.First.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.BadRequest, "rejectedIdentifier", "not here") : null;
        await using var edge = await _cas.StartAsync(Wish);

        await edge.RunAsync(TimeSpan.FromMinutes(15));

        Assert.Equal(2, _cas.First.Requests.Count(kind => kind == "order"));
        Assert.Equal(_cas.Second.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
    }

    /// <summary>Whatever it is that keeps it from being renewed, this side's own count of a limit among it.</summary>
    [Fact]
    public async Task Below_a_tenth_of_the_life_the_next_CA_is_asked_whatever_stands_in_the_way()
    {
        _cas.Settings.Limits = ProviderLimits.None with { CertificatesPerExactSet = new RateLimit(1, TimeSpan.FromDays(1000)) };
        await using var edge = await _cas.StartAsync(Wish);
        await edge.SettleAsync("shop.test");
        var end = edge.Entry("shop.test").Certificate!.NotAfter;

        await edge.RunUntilAsync(end.AddDays(-10));
        Assert.Empty(_cas.SecondOrders);
        Assert.Equal(TestCa.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);

        await edge.RunUntilAsync(end.AddDays(-8.9));
        Assert.Equal(_cas.Second.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
        Assert.InRange(Assert.Single(_cas.SecondOrders), end.AddDays(-9), end.AddDays(-8.9));
    }

    /// <summary>A week is longer than what a certificate of six days has left: the label does not sleep through it.</summary>
    [Fact]
    public async Task A_wait_that_a_CA_asks_for_does_not_outlast_the_certificate_where_there_is_another_CA()
    {
        _cas.First.Lifetime = TimeSpan.FromDays(6);
        await using var edge = await _cas.StartAsync(Wish);
        await edge.SettleAsync("shop.test");
        var end = edge.Entry("shop.test").Certificate!.NotAfter;
        _cas.First.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.TooManyRequests, "rateLimited", "too many", retryAfter: 7 * 86400) : null;

        await edge.RunUntilAsync(end.AddHours(-1));

        Assert.Equal(_cas.Second.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
        Assert.Equal(1, _cas.First.Requests.Count(kind => kind == "order") - 1);
    }

    /// <summary>Each CA's wait is kept, and none makes the other one's forgotten.</summary>
    [Fact]
    public async Task Two_CAs_that_both_ask_to_wait_are_both_left_alone()
    {
        _cas.First.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.TooManyRequests, "rateLimited", "too many", retryAfter: 5 * 86400) : null;
        _cas.AnswerOfTheSecond = resource => resource == "new-order" ? 429 : null;
        await using var edge = await _cas.StartAsync(Wish);

        await edge.RunAsync(TimeSpan.FromDays(4));

        Assert.Equal(1, _cas.First.Requests.Count(kind => kind == "order"));
        Assert.Single(_cas.SecondOrders);
    }

    /// <summary>A fault long ago says nothing of the second CA now.</summary>
    [Fact]
    public async Task A_fallback_that_had_trouble_once_is_asked_all_the_same()
    {
        await using var edge = await _cas.StartAsync(Wish);
        await edge.SettleAsync("shop.test");
        var ledger = await edge.LedgerAsync(_cas.Settings.Other!);
        await ledger.Circuit.FailedAsync("502", null, null, isUrgent: false, TestContext.Current.CancellationToken);
        _cas.First.Instead = (kind, _) => _cas.First.Orders.Count < 2 || kind == "order" ? null : throw new HttpRequestException("connection refused");

        await edge.RunAsync(TimeSpan.FromDays(61));

        Assert.Equal(_cas.Second.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
    }

    /// <summary>What only a human can mend at the wished CA keeps a new name from nothing.</summary>
    [Fact]
    public async Task An_account_that_is_refused_moves_a_new_name_at_once()
    {
        _cas.First.RequiresExternalAccount = true;
        await using var edge = await _cas.StartAsync(Wish);

        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Null(edge.Status("shop.test").Reason);
        Assert.Equal(_cas.Second.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
    }

    [Fact]
    public async Task A_forced_renewal_does_not_go_past_what_a_CA_asked_for_before_another_one_issued()
    {
        _cas.First.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.TooManyRequests, "rateLimited", "too many", retryAfter: 5 * 86400) : null;
        await using var edge = await _cas.StartAsync(Wish);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(_cas.Second.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);

        edge.Entry("shop.test").Post(new AcmeKestrel.Lifecycle.LabelRequest { IsForced = true, Renews = true });
        edge.Wake(["shop.test"]);
        await edge.RunAsync(TimeSpan.FromDays(4));

        Assert.Equal(1, _cas.First.Requests.Count(kind => kind == "order"));
    }

    [Fact]
    public async Task Without_its_external_account_a_fallback_is_not_asked()
    {
        _cas.Settings.Other = _cas.Settings.Other! with { NeedsExternalAccount = true };
        _cas.IsFirstDown = true;
        await using var edge = await _cas.StartAsync(Wish);

        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Empty(_cas.SecondOrders);
        Assert.Contains("does not answer", edge.Status("shop.test").Reason, StringComparison.Ordinal);
    }

    /// <summary>Its certificate satisfies although another CA is preferred; without the fallback it does not.</summary>
    [Fact]
    public async Task A_restart_keeps_the_fallbacks_certificate_and_a_wish_without_fallback_does_not()
    {
        _cas.IsFirstDown = true;
        await using (var before = await _cas.StartAsync(Wish)) await before.RunAsync(TimeSpan.FromMinutes(20));
        _cas.IsFirstDown = false;
        await using var edge = await _cas.StartAsync(Wish);

        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(_cas.Second.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
        Assert.Empty(_cas.First.Certificates);

        edge.Wish(Wish with { Fallbacks = [] });
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(TestCa.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
    }

    /// <summary>It may have issued, and nobody knows when that comes.</summary>
    [Fact]
    public async Task A_CA_that_is_at_work_for_hours_is_left_by_a_new_name()
    {
        _cas.First.ProcessingLooks = int.MaxValue;
        await using var edge = await _cas.StartAsync(Wish);

        await edge.RunAsync(TimeSpan.FromHours(5.5));
        Assert.Empty(_cas.SecondOrders);

        await edge.RunAsync(TimeSpan.FromHours(1.5));
        Assert.Equal(_cas.Second.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
        Assert.Single(_cas.First.NewOrders);
    }

    /// <summary>Near the end a CA has a quarter of an hour for it, and not only the moment until it is looked at again.</summary>
    [Theory]
    [InlineData(20, false)]
    [InlineData(int.MaxValue, true)]
    public async Task Near_the_end_a_CA_at_work_is_left_when_it_takes_long(int looks, bool isLeft)
    {
        await using (var first = await _cas.StartAsync(Wish)) await first.SettleAsync("shop.test");
        _cas.Time.AdjustTime(_cas.Time.GetUtcNow().AddDays(82));
        _cas.First.Born = _ => _cas.First.ProcessingLooks = looks;
        await using var edge = await _cas.StartAsync(Wish);

        await edge.RunAsync(TimeSpan.FromMinutes(20));

        Assert.Equal(isLeft ? _cas.Second.DirectoryUrl : TestCa.DirectoryUrl, edge.Entry("shop.test").Certificate!.Ca.DirectoryUrl);
        Assert.Equal((2, isLeft ? 1 : 0), (_cas.First.NewOrders.Count, _cas.SecondOrders.Count));
    }

    /// <summary>Failures are counted for the wish, and not anew for each CA that is tried.</summary>
    [Fact]
    public async Task The_ladder_goes_on_over_CAs_and_restarts()
    {
        _cas.First.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.BadRequest, "rejectedIdentifier", "not here") : null;
        var edge = await _cas.StartAsync(Wish);
        edge.Reach = (_, _) => "unreachable";
        await edge.RunAsync(TimeSpan.FromMinutes(15));
        var failures = edge.Status("shop.test").Failures;
        Assert.Equal(3, failures);
        Assert.NotEmpty(_cas.SecondOrders);
        await edge.DisposeAsync();

        await using var second = await _cas.StartAsync(Wish);
        second.Reach = (_, _) => "unreachable";
        await second.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(failures, second.Status("shop.test").Failures);
    }
}
