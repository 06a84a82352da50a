using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A CDN in front of everything: tls-alpn-01 can work for no name, and only the first one need find that out.</summary>
public sealed class ChallengeHintTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Now);
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public ChallengeHintTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task New_names_behind_a_CDN_cost_one_failed_validation_also_after_a_restart()
    {
        await using (var first = await StartAsync(Wishes.Of("first.test")))
        {
            await first.RunAsync(TimeSpan.FromMinutes(5));
            for (var i = 0; i < 50; i++) first.Wish(Wishes.Of($"n{i}.test"));
            await first.RunAsync(TimeSpan.FromMinutes(5));
            Assert.Equal(51, _ca.Certificates.Count);
        }

        await using var second = await StartAsync(Wishes.Of("late.test"));
        await second.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(AcmeCertificateState.Served, second.Status("late.test").State);
        Assert.Single(_ca.FailedValidations);
    }

    [Fact]
    public async Task It_is_forgotten_after_a_day()
    {
        await using var edge = await StartAsync(Wishes.Of("a.test"));
        await edge.RunAsync(TimeSpan.FromHours(25));

        edge.Wish(Wishes.Of("b.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(["a.test", "b.test"], _ca.FailedValidations.Select(failed => failed.Identifier));
    }

    [Fact]
    public async Task It_is_forgotten_when_it_fails_and_the_name_that_failed_goes_on_with_the_other_type()
    {
        await using var edge = await StartAsync(Wishes.Of("a.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(5));
        Assert.Equal("http-01", await HintAsync(edge));

        edge.Reach = (type, _) => type == ChallengeTypes.Http01 ? "a firewall" : null;
        edge.Wish(Wishes.Of("b.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(5));
        edge.Wish(Wishes.Of("c.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal("tls-alpn-01", await HintAsync(edge));
        Assert.Equal(["a.test", "b.test"], _ca.FailedValidations.Select(failed => failed.Identifier));
        Assert.All(edge.Wishes.Select(wish => edge.Status(wish.Label).State), state => Assert.Equal(AcmeCertificateState.Served, state));
    }

    [Fact]
    public void It_is_written_once_an_hour()
    {
        var known = LedgerState.Empty.Learned("http-01", worked: true, Now);

        Assert.Same(known, known.Learned("http-01", worked: true, Now.AddMinutes(59)));
        Assert.Equal(Now.AddMinutes(60), known.Learned("http-01", worked: true, Now.AddMinutes(60)).Challenge!.At);
        Assert.Same(known, known.Learned("tls-alpn-01", worked: false, Now));
    }

    [Theory]
    [InlineData(null, "http-01", 0, "http-01 tls-alpn-01")]
    [InlineData(null, "http-01", 23, "http-01 tls-alpn-01")]
    [InlineData(null, "http-01", 24, "tls-alpn-01 http-01")]
    [InlineData(null, "http-01", -24, "tls-alpn-01 http-01")]
    [InlineData(null, "dns-01", 0, "tls-alpn-01 http-01")]
    [InlineData("tls-alpn-01", "http-01", 0, "tls-alpn-01 http-01")]
    public void What_worked_for_the_label_itself_counts_more_and_age_counts_in_both_directions(string? own, string hint, int hours, string expected) =>
        Assert.Equal(expected, string.Join(' ', ChallengeOrder.Of(Wishes.Of("shop.test"), new Schedule { WorkedChallenge = own }, new ChallengeHint(hint, Now), Now.AddHours(hours))));

    [Theory]
    [InlineData("tls-alpn-01", "http-01 tls-alpn-01")]
    [InlineData("http-01", "tls-alpn-01 http-01")]
    public void A_hint_that_comes_between_two_tries_repeats_none(string failed, string expected) =>
        Assert.Equal(expected, string.Join(' ', ChallengeOrder.Of(Wishes.Of("shop.test"), new Schedule { Tries = 1, FailedChallenge = failed }, new ChallengeHint(failed, Now), Now)));

    private async Task<string?> HintAsync(Edge edge) => (await edge.LedgerAsync(_settings.Provider)).Look(_settings.Provider.Limits).Challenge?.Type;

    private async Task<Edge> StartAsync(params Wish[] wishes)
    {
        var edge = await Edge.StartAsync(_time, _ca, _settings, _store, wishes);
        edge.Reach = (type, _) => type == ChallengeTypes.TlsAlpn01 ? "a CDN terminates TLS" : null;
        return edge;
    }
}
