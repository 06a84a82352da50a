using System.Net;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A CA's wish to be left alone is kept to, whatever changes on this side (promise 7).</summary>
public sealed class RetryAfterTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public RetryAfterTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task A_changed_wish_does_not_ask_before_retry_after()
    {
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.TooManyRequests, "rateLimited", "too many orders", retryAfter: 86400) : null;
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);
        await edge.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal(1, _ca.Requests.Count(kind => kind == "order"));
        for (var i = 0; i < 5; i++)
        {
            edge.Wish(Wishes.Of("shop.test", challenges: i % 2 == 0 ? ["http-01"] : ["http-01", "tls-alpn-01"]));
            await edge.RunAsync(TimeSpan.FromHours(1));
        }
        Assert.Equal(1, _ca.Requests.Count(kind => kind == "order"));
    }

    /// <summary>Longer than any rung of the ladder: the next look is believed all the same, and is no look without end.</summary>
    [Fact]
    public async Task An_order_whose_CA_asks_for_two_days_is_not_asked_again_and_again()
    {
        (_ca.ProcessingLooks, _ca.RetryAfter) = (1000, 2 * 86400);
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);

        await edge.RunAsync(TimeSpan.FromHours(30));

        Assert.InRange(_ca.Requests.Count(kind => kind == "order-get"), 1, 6);
    }

    [Fact]
    public async Task Retry_after_of_renewal_info_counts_for_the_other_certificates()
    {
        _ca.RenewalInfo = _ => TestCa.Problem(HttpStatusCode.ServiceUnavailable, "rateLimited", "later", retryAfter: 7200);
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [.. Enumerable.Range(0, 40).Select(i => Wishes.Of($"n{i}.test"))]);
        await edge.RunAsync(TimeSpan.FromMinutes(60));
        Assert.InRange(_ca.RenewalLooks.Count, 0, 4);
    }

    [Fact]
    public async Task On_a_full_disk_the_ca_is_not_asked_each_minute()
    {
        _ca.RenewalInfo = _ => TestCa.Window(_time.GetUtcNow().AddDays(50), _time.GetUtcNow().AddDays(55));
        await using (var first = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")])) { await first.SettleAsync("shop.test"); await first.RunAsync(TimeSpan.FromMinutes(1)); }
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);
        _store.BeforeWrite = _ => throw new StoreUnavailableException("no space left");
        _ca.RenewalLooks.Clear();
        await edge.RunAsync(TimeSpan.FromHours(12));
        Assert.Equal((AcmeCertificateState.Served, 2), (edge.Status("shop.test").State, Math.Min(_ca.RenewalLooks.Count, 1000)));
    }

    [Fact]
    public async Task A_500_with_retry_after_at_a_renewal_is_waited_for_and_keeps_replaces()
    {
        _ca.RenewalInfo = _ => TestCa.Window(_time.GetUtcNow().AddYears(1), _time.GetUtcNow().AddYears(2));
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);
        await edge.SettleAsync("shop.test");
        var asked = new List<(DateTimeOffset, bool)>();
        _ca.Instead = (kind, body) =>
        {
            if (kind != "order") return null;
            asked.Add((_time.GetUtcNow(), body?["replaces"] is not null));
            return asked.Count <= 2 ? TestCa.Problem(HttpStatusCode.InternalServerError, "serverInternal", "overloaded", retryAfter: 60) : null;
        };
        await edge.RunAsync(TimeSpan.FromDays(85));
        Assert.True(asked[1].Item1 - asked[0].Item1 >= TimeSpan.FromSeconds(60), string.Join("; ", asked));
        Assert.NotNull(_ca.Certificates[1].Replaces);
    }
}
