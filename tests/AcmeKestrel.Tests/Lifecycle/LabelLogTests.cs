using System.Net;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Telling;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What keeps many names waiting is one warning, and what is one name's is that name's.</summary>
public sealed class LabelLogTests
{
    private const int Held = 603;

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly CountingLog _log = new();
    private readonly TestSettings _settings = new();
    private readonly TestStore _store;
    private readonly TestCa _ca;

    public LabelLogTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task A_hundred_names_in_an_outage_are_one_warning_and_so_are_they_in_the_next_one()
    {
        _ca.Instead = (kind, _) => kind == "order" ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        await using var edge = await StartAsync(100);
        await edge.RunAsync(TimeSpan.FromHours(3));
        Assert.InRange(_log.Of(Held), 1, 2);

        _ca.Instead = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromHours(2));
        _ca.Instead = (kind, _) => kind == "order" ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        await edge.RunAsync(TimeSpan.FromDays(61));
        Assert.InRange(_log.Of(Held), 2, 4);
    }

    /// <summary>What a log is searched by stays as it is everywhere else.</summary>
    [Fact]
    public async Task An_international_name_is_shown_in_Unicode_too_and_kept_in_A_labels()
    {
        var log = new Hostile.RecordedLog();
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("xn--bcher-kva.test", ["xn--bcher-kva.test"])], log: log);

        await edge.SettleAsync("xn--bcher-kva.test");

        Assert.Contains(log.Lines, line => line.StartsWith("601 xn--bcher-kva.test (bücher.test): certificate ", StringComparison.Ordinal));
        Assert.Contains("Label=xn--bcher-kva.test", log.Lines);
        Assert.DoesNotContain(log.Lines, line => line.StartsWith("Label=", StringComparison.Ordinal) && line.Contains("bücher", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_state_that_another_process_has_is_one_warning()
    {
        _store.LeaseIsFree = false;
        await using var edge = await StartAsync(100);
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(1, _log.Of(Held));
    }

    [Fact]
    public async Task What_a_CA_wants_of_each_name_is_told_of_each()
    {
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.TooManyRequests, "rateLimited", "wait", retryAfter: 7200) : null;
        await using var edge = await StartAsync(3);
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(3, edge.Get<StatusBoard>().List().Count(status => status.State is AcmeCertificateState.Held));
    }

    private Task<Edge> StartAsync(int names) =>
        Edge.StartAsync(_time, _ca, _settings, _store, [.. Enumerable.Range(1, names).Select(name => Wishes.Of($"n{name}.test"))], log: _log);

    private sealed class CountingLog : ILoggerProvider, ILogger
    {
        private readonly List<int> _warnings = [];

        public int Of(int id) => _warnings.Count(told => told == id);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) _warnings.Add(eventId.Id);
        }

        public void Dispose()
        {
        }
    }
}
