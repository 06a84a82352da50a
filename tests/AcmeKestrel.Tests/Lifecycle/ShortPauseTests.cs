using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A CA or a network that is not there for the first seconds keeps no new name waiting for minutes, and one that is away for a day is left in peace.</summary>
public sealed class ShortPauseTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;
    private readonly List<DateTimeOffset> _asked = [];
    private Func<int, HttpResponseMessage?> _fault = _ => null;

    public ShortPauseTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Theory]
    [InlineData(1, 5)]
    [InlineData(2, 15)]
    [InlineData(3, 40)]
    [InlineData(4, 90)]
    public async Task A_new_name_is_served_soon_after_a_CA_that_failed_at_first(int faults, int seconds)
    {
        await using var edge = await StartAsync("shop.test");
        _fault = request => request <= faults ? new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) : null;

        await edge.RunAsync(TimeSpan.FromSeconds(seconds));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }

    [Fact]
    public async Task A_network_that_is_not_there_yet_is_the_same()
    {
        await using var edge = await StartAsync("shop.test");
        _fault = request => request <= 2 ? throw new HttpRequestException("Network is unreachable") : null;

        await edge.RunAsync(TimeSpan.FromSeconds(15));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }

    [Theory]
    [InlineData(61, 1, 1)]
    [InlineData(91, 4, 5)]
    public async Task A_certificate_that_is_good_for_weeks_is_no_hurry_and_an_expired_one_is(int age, int least, int most)
    {
        await using (var first = await StartAsync("shop.test")) await first.SettleAsync("shop.test");
        _time.Advance(TimeSpan.FromDays(age));
        _asked.Clear();
        _fault = _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);

        await using var edge = await StartAsync("shop.test");
        await edge.RunAsync(TimeSpan.FromSeconds(50));

        Assert.InRange(_asked.Count, least, most);
    }

    [Fact]
    public async Task Retry_After_is_obeyed_all_the_same()
    {
        await using var edge = await StartAsync("shop.test");
        _fault = request => request == 1 ? TestCa.Problem(HttpStatusCode.ServiceUnavailable, "serverInternal", "starting", retryAfter: 300) : null;

        await edge.RunAsync(TimeSpan.FromSeconds(299));
        Assert.Single(_asked);

        await edge.RunAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(100, 60)]
    public async Task A_CA_that_is_away_for_a_day_is_asked_a_few_dozen_times_however_many_names_wait(int names, int most)
    {
        await using var edge = await StartAsync([.. Enumerable.Range(1, names).Select(name => $"n{name}.test")]);
        _fault = _ => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        await edge.RunAsync(TimeSpan.FromDays(1));
        Assert.InRange(_asked.Count, 15, most);
        Assert.True(_asked.Count(at => at < _asked[0] + TimeSpan.FromMinutes(1)) <= 5, "A storm in the first minute.");
        Assert.All(_asked.Zip(_asked.Skip(1)), pair => Assert.True(pair.Second - pair.First >= TimeSpan.FromSeconds(2), "Two at once, or no pause between them."));
    }

    [Fact]
    public void The_pauses_are_those_that_the_documentation_names()
    {
        var (now, state, pauses) = (_time.GetUtcNow(), default(CircuitState), new List<double>());
        for (var fault = 0; fault < 12; fault++)
        {
            state = CircuitState.AfterFault(state, "503", null, null, isUrgent: true, now);
            pauses.Add((state.OpenUntil - now).TotalSeconds);
            now = state.OpenUntil;
        }

        Assert.Equal([2, 5, 15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600], pauses);
    }

    [Fact]
    public void Who_need_not_hurry_makes_the_pauses_of_the_others_no_shorter()
    {
        var now = _time.GetUtcNow();
        var state = CircuitState.AfterFault(CircuitState.AfterFault(null, "503", null, null, isUrgent: false, now), "503", null, null, isUrgent: true, now + TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(2), state.OpenUntil - now - TimeSpan.FromMinutes(1));
    }

    private Task<Edge> StartAsync(params string[] names) =>
        Edge.StartAsync(_time, _ca, _settings, _store, [.. names.Select(name => Wishes.Of(name))], () => new FaultyTransport(this, _ca.Transport()));

    private sealed class FaultyTransport(ShortPauseTests test, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            test._asked.Add(test._time.GetUtcNow());
            return test._fault(test._asked.Count) is { } fault ? Task.FromResult(fault) : base.SendAsync(request, cancellationToken);
        }
    }
}
