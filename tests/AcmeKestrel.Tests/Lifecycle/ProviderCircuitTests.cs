using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The names that wait for a CA to answer again go on when it does.</summary>
public sealed class ProviderCircuitTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public ProviderCircuitTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task A_name_that_must_wait_is_not_the_probe_the_others_wait_for()
    {
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.TooManyRequests, "rateLimited", "too many certificates for this set", retryAfter: 86400) : null;
        await using (var first = await StartAsync(Wishes.Of("a.test"))) await first.RunAsync(TimeSpan.FromMinutes(5));
        _ca.Instead = (kind, _) => kind == "order" ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        await using (var second = await StartAsync(Wishes.Of("b.test"))) await second.RunAsync(TimeSpan.FromSeconds(1));
        _ca.Instead = (_, _) => null;

        await using var edge = await StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"), Wishes.Of("c.test"));
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Held, edge.Status("a.test").State);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("b.test").State);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("c.test").State);
    }

    [Fact]
    public async Task A_name_that_waits_for_its_next_look_is_not_the_probe()
    {
        (_ca.ProcessingLooks, _ca.RetryAfter) = (1, 86000);
        await using var edge = await StartAsync(Wishes.Of("a.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(20));
        _ca.RetryAfter = null;
        _ca.Instead = (kind, _) => kind == "order" ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        edge.Wish(Wishes.Of("b.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        _ca.Instead = (_, _) => null;

        edge.Wake(["a.test"]);
        edge.Wish(Wishes.Of("c.test"));
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Ordering, edge.Status("a.test").State);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("b.test").State);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("c.test").State);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Names_that_wait_for_a_probe_are_told_although_its_outcome_could_not_be_written(bool succeeds)
    {
        _ca.Instead = (kind, _) => kind == "order" ? new HttpResponseMessage(HttpStatusCode.BadGateway) : null;
        await using var edge = await StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"), Wishes.Of("c.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        var (asked, full) = (false, false);
        _store.BeforeWrite = key =>
        {
            if (!full || key.Kind is not RecordKind.Ledger) return;
            full = false;
            throw new StoreUnavailableException("The disk is full.");
        };
        var ledger = await edge.Get<Ledgers>().GetAsync(_settings.Provider, TestContext.Current.CancellationToken);
        var told = new List<string>();
        ledger.Circuit.Released += told.AddRange;

        // While the probe's request is under way another name comes and must wait.
        _ca.Instead = (kind, _) =>
        {
            if (kind != "order" || asked) return null;
            (asked, full) = (true, true);
            Assert.NotNull(ledger.Circuit.Refuses("c.test"));
            return succeeds ? null : new HttpResponseMessage(HttpStatusCode.BadGateway);
        };
        await edge.RunAsync(TimeSpan.FromMinutes(3));

        Assert.True(asked);
        Assert.Contains("c.test", told);
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);
}
