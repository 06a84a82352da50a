using System.Net;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

public sealed class PatienceTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestCa _ca;

    public PatienceTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public void Without_a_word_from_the_ca_waits_grow_from_a_second_to_ten() =>
        Assert.Equal([1, 2, 4, 8, 10, 10], Enumerable.Range(0, 6).Select(looks => Patience.Next(looks, null).TotalSeconds));

    [Fact]
    public void Zero_is_soon_and_doubles_to_the_same_ten() =>
        Assert.Equal([50, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000], Enumerable.Range(0, 10).Select(looks => Patience.Next(looks, TimeSpan.Zero).TotalMilliseconds));

    [Theory]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    public void Any_other_wish_is_obeyed_as_it_is(int looks) => Assert.Equal(TimeSpan.FromSeconds(3), Patience.Next(looks, TimeSpan.FromSeconds(3)));

    [Fact]
    public void No_number_of_looks_makes_the_wait_shorter_or_longer_than_ten_seconds() =>
        Assert.Equal(TimeSpan.FromSeconds(10), Patience.Next(int.MaxValue, TimeSpan.Zero));

    [Fact]
    public async Task A_name_whose_ca_needs_no_time_is_served_in_no_time()
    {
        (_ca.RetryAfter, _ca.ChallengeRetryAfter) = (0, _ => 0);
        await using var edge = await StartAsync("shop.test");
        var begin = _time.GetUtcNow();

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);

        Assert.Equal(TimeSpan.FromMilliseconds(50), _time.GetUtcNow() - begin);
        Assert.Equal(["account", "order", "authz", "challenge", "order-get", "finalize", "certificate"], _ca.Requests);
    }

    [Fact]
    public async Task The_longest_wait_that_a_challenge_asks_for_comes_before_the_first_look()
    {
        _ca.ChallengeRetryAfter = name => name switch { "a.test" => 0, "b.test" => 7, _ => null };
        await using var edge = await StartAsync("shop.test", "a.test", "b.test", "c.test");
        var begin = _time.GetUtcNow();

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);

        Assert.Equal(TimeSpan.FromSeconds(7), _time.GetUtcNow() - begin);
    }

    [Fact]
    public async Task A_ca_that_says_zero_for_ever_is_asked_a_bounded_number_of_times()
    {
        (_ca.RetryAfter, _ca.ChallengeRetryAfter, _ca.ValidationLooks) = (0, _ => 0, int.MaxValue);
        await using var edge = await StartAsync("shop.test");

        var status = await edge.SettleAsync("shop.test");

        // Both challenge types, each for a quarter of an hour: nine steps to ten seconds, every ten until a twentieth of the time waited is more.
        Assert.Equal(AcmeCertificateState.Failing, status.State);
        Assert.InRange(_ca.Requests.Count(kind => kind == "order-get"), 2 * 50, 2 * 60);
    }

    /// <summary>Two names are being validated; the CA goes away, which one of them meets, and the other one waits for. After that it takes its time with both.</summary>
    [Fact]
    public async Task What_the_ca_was_away_is_no_time_that_any_of_its_names_had()
    {
        _ca.ValidationLooks = int.MaxValue;
        await using var edge = await Edge.StartAsync(_time, _ca, new TestSettings(), _store, [Wishes.Of("a.test"), Wishes.Of("b.test")]);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        _ca.Instead = (_, _) => new HttpResponseMessage(HttpStatusCode.BadGateway);
        await edge.RunAsync(TimeSpan.FromHours(2));

        _ca.Instead = (_, _) => null;
        _ca.Requests.Clear();
        for (var look = 0; look < 1000 && _ca.Requests.Count(kind => kind == "order-get") < 4; look++) await edge.RunAsync(TimeSpan.FromSeconds(5));
        _ca.ValidationLooks = 0;
        await edge.RunAsync(TimeSpan.FromMinutes(10));

        Assert.Empty(edge.Events.All.OfType<LabelEvent.Failed>().Select(failed => $"{failed.Label.Label}: {failed.Problem}"));
        Assert.Equal((AcmeCertificateState.Served, AcmeCertificateState.Served, 2), (edge.Status("a.test").State, edge.Status("b.test").State, _ca.NewOrders.Count));
    }

    /// <summary>The CA asks one name for a long wait, and goes away in it, which another name meets: of that wait, too, nobody knows how much it had.</summary>
    [Fact]
    public async Task What_the_ca_was_away_in_a_wait_that_it_asked_for_is_no_time_that_the_name_had()
    {
        (_ca.ValidationLooks, _ca.ChallengeRetryAfter) = (int.MaxValue, name => name == "a.test" ? 840 : null);
        await using var edge = await Edge.StartAsync(_time, _ca, new TestSettings(), _store, [Wishes.Of("a.test"), Wishes.Of("b.test")]);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        _ca.Instead = (_, _) => new HttpResponseMessage(HttpStatusCode.BadGateway);
        await edge.RunAsync(TimeSpan.FromHours(2));

        _ca.Instead = (_, _) => null;
        _ca.Requests.Clear();
        for (var look = 0; look < 1000 && _ca.Requests.Count(kind => kind == "order-get") < 4; look++) await edge.RunAsync(TimeSpan.FromSeconds(5));
        await edge.RunAsync(TimeSpan.FromMinutes(10));
        _ca.ValidationLooks = 0;
        await edge.RunAsync(TimeSpan.FromMinutes(4));

        Assert.Empty(edge.Events.All.OfType<LabelEvent.Failed>().Select(failed => $"{failed.Label.Label}: {failed.Problem}"));
        Assert.Equal((AcmeCertificateState.Served, AcmeCertificateState.Served, 2), (edge.Status("a.test").State, edge.Status("b.test").State, _ca.NewOrders.Count));
    }

    /// <summary>However often it is found to be away.</summary>
    [Fact]
    public async Task What_the_ca_was_away_adds_no_more_than_itself()
    {
        _ca.ValidationLooks = int.MaxValue;
        await using var edge = await Edge.StartAsync(_time, _ca, new TestSettings(), _store, [Wishes.Of("a.test"), Wishes.Of("b.test")]);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        _ca.Instead = (_, _) => new HttpResponseMessage(HttpStatusCode.BadGateway);
        await edge.RunAsync(TimeSpan.FromHours(6));

        _ca.Instead = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromHours(4));

        Assert.Equal(["a.test", "b.test"], edge.Events.All.OfType<LabelEvent.Failed>().Select(failed => failed.Label.Label).Distinct().Order());
    }

    [Fact]
    public async Task Zero_from_a_ca_that_fails_while_an_order_is_given_up_is_no_reason_to_ask_at_once()
    {
        _ca.ValidationLooks = int.MaxValue;
        await using (var first = await StartAsync("shop.test")) await first.RunAsync(TimeSpan.FromSeconds(5));
        var account = Assert.Single(_store.All(RecordKind.Account));
        await _store.DeleteAsync(account.Key, account.Version, null, CancellationToken.None);
        _ca.Requests.Clear();
        _ca.Instead = (kind, _) => kind == "account" && _ca.Requests.Count < 1000 ? TestCa.Problem(HttpStatusCode.ServiceUnavailable, "serverInternal", "later", retryAfter: 0) : null;

        await using var second = await StartAsync("shop.test", "other.test");
        await second.RunAsync(TimeSpan.FromMinutes(10));

        Assert.InRange(_ca.Requests.Count, 1, 10);
    }

    private Task<Edge> StartAsync(string label, params string[] names) => Edge.StartAsync(_time, _ca, new TestSettings(), _store, [Wishes.Of(label, names is [] ? null : names)]);
}
