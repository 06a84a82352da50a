using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.OnDemand;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Tests.Hostile;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>Strangers decide what is asked for: how often, how long and what is remembered.</summary>
public sealed class PermissionBookTests : IDisposable
{
    private static readonly OnDemandSettings Code = new((Uri?)null);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestSettings _settings = new() { OnDemand = Code };
    private readonly List<string> _asked = [];
    private readonly RecordedLog _log = new();
    private readonly ServiceProvider _services;
    private readonly HeardMetrics _heard;
    private readonly AskEndpoint _endpoint;
    private readonly PermissionBook _book;
    private Func<AcmeOnDemandVisit, CancellationToken, ValueTask<bool>> _permission = (_, _) => ValueTask.FromResult(false);

    public PermissionBookTests()
    {
        var services = new ServiceCollection();
        services.AddMetrics().AddAcmeDiagnostics().AddScoped<IOnDemandPermission>(_ => new Permission(this));
        _services = services.BuildServiceProvider();
        _heard = new HeardMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>());
        _endpoint = new AskEndpoint(new AskEndpointTests.Handler(async (_, cancellationToken) =>
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new HttpResponseMessage();
        }));
        _book = new PermissionBook(
            _settings, _endpoint, _services.GetRequiredService<IServiceScopeFactory>(), _services.GetRequiredService<OnDemandMetrics>(), _time, new LoggerFactory([_log]).CreateLogger<PermissionBook>());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _heard.Dispose();
        _endpoint.Dispose();
        _services.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData(true, nameof(PermissionAnswer.Yes))]
    [InlineData(false, nameof(PermissionAnswer.No))]
    public async Task An_answer_is_kept_for_a_minute(bool isAllowed, string answer)
    {
        _permission = (_, _) => ValueTask.FromResult(isAllowed);

        for (var i = 0; i < 3; i++) Assert.Equal(Enum.Parse<PermissionAnswer>(answer), await AskAsync("a.test"));
        Assert.Equal(isAllowed, _book.MayAsk(Code.Asks, "a.test", "one"));
        Assert.Single(_asked);

        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_book.MayAsk(Code.Asks, "a.test", "one"));
        await AskAsync("a.test");
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task What_throws_says_nothing_is_told_once_a_minute_and_is_asked_again_after_ten_seconds()
    {
        _permission = (_, _) => throw new InvalidOperationException("the database is away");

        Assert.Equal(PermissionAnswer.Failed, await AskAsync("a.test"));
        Assert.Equal(PermissionAnswer.Failed, await AskAsync("b.test"));
        Assert.False(_book.MayAsk(Code.Asks, "a.test", "one"));
        Assert.Single(_log.Lines, line => line.StartsWith("762 ", StringComparison.Ordinal) && line.Contains("the database is away", StringComparison.Ordinal));
        Assert.Equal("the database is away", _book.Problem);

        _time.Advance(TimeSpan.FromSeconds(10));
        _permission = (_, _) => ValueTask.FromResult(true);
        Assert.Equal(PermissionAnswer.Yes, await AskAsync("a.test"));
        Assert.Null(_book.Problem);
    }

    /// <summary>Where nobody comes for a new name nothing is known of whoever would be asked.</summary>
    [Fact]
    public async Task Trouble_that_is_long_ago_is_none()
    {
        _permission = (_, _) => throw new InvalidOperationException("the database is away");
        await AskAsync("a.test");

        _time.Advance(TimeSpan.FromMinutes(5));

        Assert.Null(_book.Problem);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_never_answers_is_given_five_seconds_whether_or_not_it_heeds_its_token(bool isEndpoint)
    {
        _permission = async (_, _) =>
        {
            await new TaskCompletionSource<bool>().Task;
            return true;
        };
        if (isEndpoint) _settings.OnDemand = new OnDemandSettings(new Uri("http://127.0.0.1:1/"));

        var asking = AskAsync("a.test");
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(asking.IsCompleted);
        while (!asking.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(PermissionAnswer.Failed, await asking);
        Assert.Equal("there was no answer within 5 s", _book.Problem);
    }

    [Fact]
    public async Task Ten_thousand_names_of_one_network_are_a_quarter_of_the_limit_and_leave_the_rest_to_others()
    {
        for (var i = 0; i < 10_000; i++) await VisitAsync($"{i}.customer.test", "one");

        Assert.Equal(150, _asked.Count);
        Assert.True(_book.MayAsk(Code.Asks, "other.test", "other"));
        Assert.Equal((150, 9850), ((int)_heard.Sums("acme.ondemand.asks")["acme.outcome=no"], (int)_heard.Sums("acme.ondemand.asks")["acme.outcome=limited"]));
        Assert.Single(_log.Lines, line => line.StartsWith("763 ", StringComparison.Ordinal));

        _time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 10_000; i++) await VisitAsync($"{i}.again.test", "one");
        Assert.Equal(300, _asked.Count);
    }

    [Fact]
    public async Task Names_of_a_thousand_networks_are_the_limit_in_all()
    {
        for (var i = 0; i < 10_000; i++) await VisitAsync($"{i}.customer.test", $"{i % 1000}");

        Assert.Equal(600, _asked.Count);
    }

    /// <summary>A name that was allowed is asked for before its renewal, whatever strangers do meanwhile.</summary>
    [Fact]
    public async Task What_nobody_waits_for_counts_against_no_limit_and_believes_no_earlier_answer()
    {
        for (var i = 0; i < 1000; i++) await VisitAsync($"{i}.customer.test", $"{i}");
        _permission = (_, _) => ValueTask.FromResult(true);

        Assert.Equal(PermissionAnswer.Yes, await _book.AskAsync(new AcmeOnDemandVisit("0.customer.test"), network: null, Token));
    }

    [Fact]
    public async Task What_has_to_wait_for_a_limit_is_not_asked_for_meanwhile()
    {
        _book.Postpone("a.test", "not before tomorrow");

        Assert.False(_book.MayAsk(Code.Asks, "a.test", "one"));
        Assert.Equal(PermissionAnswer.Limited, await AskAsync("a.test"));
        Assert.Empty(_asked);
    }

    /// <summary>That it was switched off meanwhile is no word against the name.</summary>
    [Fact]
    public async Task Where_it_is_off_nobody_can_say()
    {
        _settings.OnDemand = null;

        Assert.Equal(PermissionAnswer.Failed, await _book.AskAsync(new AcmeOnDemandVisit("a.test"), network: null, Token));
        Assert.Null(_book.Problem);
        Assert.Empty(_asked);
    }

    /// <summary>Twice as many at most as a half holds, whatever comes.</summary>
    [Fact]
    public void What_is_remembered_is_bounded()
    {
        var recent = new RecentAnswers(_time);
        for (var i = 0; i < 100_000; i++) recent.Add($"{i}.customer.test", PermissionAnswer.No);

        Assert.Equal(PermissionAnswer.No, recent.Find("99999.customer.test"));
        Assert.Null(recent.Find("0.customer.test"));
        Assert.InRange(Enumerable.Range(0, 100_000).Count(i => recent.Find($"{i}.customer.test") is not null), 1, 2 * 8192);
    }

    private Task<PermissionAnswer> AskAsync(string name) => _book.AskAsync(new AcmeOnDemandVisit(name) { RemoteAddress = IPAddress.Loopback }, "one", Token);

    /// <summary>As a handshake does it.</summary>
    private async Task VisitAsync(string name, string network)
    {
        if (_book.MayAsk(Code.Asks, name, network)) await _book.AskAsync(new AcmeOnDemandVisit(name), network, Token);
    }

    private sealed class Permission(PermissionBookTests tests) : IOnDemandPermission
    {
        public ValueTask<bool> IsAllowedAsync(AcmeOnDemandVisit visit, CancellationToken cancellationToken)
        {
            lock (tests._asked) tests._asked.Add(visit.Name);
            return tests._permission(visit, cancellationToken);
        }
    }
}
