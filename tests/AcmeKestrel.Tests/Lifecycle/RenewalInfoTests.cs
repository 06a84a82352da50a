using System.Collections.Concurrent;
using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>RFC 9773 in the life of a certificate, over restarts, in virtual time.</summary>
public sealed class RenewalInfoTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public RenewalInfoTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task The_ca_is_asked_right_after_the_certificate_came_and_then_when_it_says()
    {
        Suggest(30, 40, retryAfter: 7200);
        await using var edge = await StartAsync();
        await edge.SettleAsync("shop.test");
        await edge.RunAsync(TimeSpan.FromHours(9));

        Assert.Equal([0, 2, 4, 6, 8], _ca.RenewalLooks.Select(look => (int)(look.At - _ca.Certificates[0].At).TotalHours));
        Assert.All(_ca.RenewalLooks, look => Assert.Equal(_ca.Certificates[0].RenewalId, look.Id));
    }

    [Theory]
    [InlineData(90 * 24)]
    [InlineData(6 * 24)]
    [InlineData(1)]
    public async Task The_certificate_is_renewed_at_its_moment_in_the_window_and_restarts_neither_pick_nor_ask_anew(int hours)
    {
        _ca.Lifetime = TimeSpan.FromHours(hours);
        var issued = _time.GetUtcNow();
        var (start, end) = (issued + (_ca.Lifetime * 0.3), issued + (_ca.Lifetime * 0.4));
        _ca.RenewalInfo = id => id == _ca.Certificates[0].RenewalId ? TestCa.Window(start, end) : TestCa.Window(start.AddYears(1), end.AddYears(1));
        await using (var first = await StartAsync()) await first.SettleAsync("shop.test");
        var (due, looks) = (Kept().Window!.Pick, _ca.RenewalLooks.Count);

        for (var restart = 0; restart < 5; restart++)
        {
            await using var next = await StartAsync();
            await next.RunAsync(TimeSpan.FromMinutes(1));
            Assert.Equal(due, Kept().Window!.Pick);
            Assert.Equal(due, next.Status("shop.test").NextAttempt);
        }

        Assert.Equal(looks, _ca.RenewalLooks.Count);
        await using var last = await StartAsync();
        await last.RunUntilAsync(due + TimeSpan.FromSeconds(30));
        Assert.Equal(2, _ca.Certificates.Count);
        Assert.InRange(_ca.Certificates[1].At, due, due + TimeSpan.FromSeconds(30));
        Assert.InRange(_ca.Certificates[1].At, start, end + TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_window_that_moves_into_the_past_renews_at_once_and_shows_why()
    {
        Suggest(55, 60);
        await using var edge = await StartAsync();
        await edge.SettleAsync("shop.test");
        Suggest(-2, -1, explanation: "https://ca.test/incident\u001b[31m");
        var revoked = _ca.Certificates[0].RenewalId;
        var normal = _ca.RenewalInfo!;
        _ca.RenewalInfo = id => id == revoked ? normal(id) : Window(55, 60);

        await edge.RunAsync(TimeSpan.FromHours(7));

        Assert.Equal(2, _ca.Certificates.Count);
        Assert.Equal(revoked, _ca.Certificates[1].Replaces);
        var status = edge.Status("shop.test");
        Assert.Equal(AcmeCertificateState.Served, status.State);
        Assert.Null(status.RenewalWindow!.Explanation);

        await edge.RunAsync(TimeSpan.FromDays(30));
        Assert.Equal(2, _ca.Certificates.Count);
        Assert.DoesNotContain(_ca.RenewalLooks, look => look.Id == revoked && look.At > _ca.Certificates[1].At);
    }

    [Fact]
    public async Task The_window_and_its_explanation_are_shown_as_plain_text()
    {
        Suggest(55, 60, explanation: "https://ca.test/why\u001b[31m");
        await using var edge = await StartAsync();

        var window = (await edge.SettleAsync("shop.test")).RenewalWindow;

        Assert.Equal((_ca.Certificates[0].At.AddDays(55), "https://ca.test/why [31m"), (window!.Start, window.Explanation));
    }

    [Fact]
    public async Task A_ca_that_always_answers_with_a_past_window_sees_few_orders()
    {
        _ca.RenewalInfo = _ => TestCa.Window(_time.GetUtcNow().AddDays(-2), _time.GetUtcNow().AddDays(-1));
        await using (var edge = await StartAsync()) await edge.RunAsync(TimeSpan.FromDays(5));
        Assert.Equal(2, _ca.Certificates.Count);

        await using var next = await StartAsync();
        await next.RunAsync(TimeSpan.FromDays(355));

        // By its age alone it would be renewed six times a year.
        Assert.InRange(_ca.Certificates.Count, 7, 16);
        Assert.Equal(AcmeCertificateState.Served, next.Status("shop.test").State);
    }

    [Fact]
    public async Task A_ca_that_always_answers_with_a_window_behind_the_end_causes_no_outage()
    {
        _ca.RenewalInfo = _ => TestCa.Window(_time.GetUtcNow().AddYears(5), _time.GetUtcNow().AddYears(6));
        await using var edge = await StartAsync();

        for (var day = 0; day < 300; day++)
        {
            await edge.RunAsync(TimeSpan.FromDays(1));
            Assert.True(edge.Published.Current["shop.test"].Chain.NotAfter > _time.GetUtcNow().AddDays(10));
        }
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError, null, 6)]
    [InlineData(HttpStatusCode.ServiceUnavailable, null, 6)]
    [InlineData(HttpStatusCode.TooManyRequests, null, 6)]
    [InlineData(HttpStatusCode.NotFound, null, 2)]
    [InlineData(HttpStatusCode.OK, "no JSON", 2)]
    [InlineData(HttpStatusCode.OK, "{}", 2)]
    [InlineData(HttpStatusCode.OK, """{"suggestedWindow":{"start":"2027-01-02T00:00:00Z","end":"2027-01-01T00:00:00Z"}}""", 2)]
    public async Task A_failed_question_blames_no_one_holds_nothing_and_is_not_repeated_for_long(HttpStatusCode status, string? body, int looks)
    {
        _ca.RenewalInfo = _ => new HttpResponseMessage(status) { Content = new StringContent(body ?? "", null, "application/json") };
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.RunAsync(TimeSpan.FromHours(8));
        edge.Wish(Wishes.Of("other.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(5));

        Assert.InRange(_ca.RenewalLooks.Count(look => look.Id == _ca.Certificates[0].RenewalId), 2, looks);
        Assert.Equal((AcmeCertificateState.Served, 0, null), (edge.Status("shop.test").State, edge.Status("shop.test").Failures, edge.Status("shop.test").Reason));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("other.test").State);
        Assert.Null((await edge.LedgerAsync(_settings.Provider)).Circuit.State);
        Assert.InRange(edge.Status("shop.test").NextAttempt!.Value, _ca.Certificates[0].At.AddDays(57), _ca.Certificates[0].At.AddDays(60.1));
    }

    [Fact]
    public async Task While_the_ca_cannot_be_asked_its_last_window_counts()
    {
        Suggest(30, 40);
        await using var edge = await StartAsync();
        await edge.SettleAsync("shop.test");
        _ca.RenewalInfo = _ => new HttpResponseMessage(HttpStatusCode.InternalServerError);

        await edge.RunAsync(TimeSpan.FromDays(41));

        Assert.Equal(2, _ca.Certificates.Count);
        Assert.InRange(_ca.Certificates[1].At, _ca.Certificates[0].At.AddDays(30), _ca.Certificates[0].At.AddDays(40.1));
    }

    [Fact]
    public async Task A_question_without_an_answer_is_given_up_after_seconds()
    {
        _ca.RenewalInfo = _ => throw new InvalidOperationException("The transport hangs before this.");
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")], () => new Hangs(_ca.Transport(), asked));

        var running = edge.RunAsync(TimeSpan.Zero);
        while (!asked.Task.IsCompleted && running.IsCompleted) running = edge.RunAsync(TimeSpan.FromSeconds(1));
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.False(running.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(11));

        await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }

    [Fact]
    public async Task A_ca_without_renewal_info_is_looked_at_once_a_day()
    {
        await using var edge = await StartAsync(Wishes.Of("n0.test"));
        for (var name = 1; name < 8; name++)
        {
            await edge.RunAsync(TimeSpan.FromHours(3));
            edge.Wish(Wishes.Of($"n{name}.test"));
        }

        await edge.RunAsync(TimeSpan.FromMinutes(5));
        var looks = _ca.DirectoryLooks;
        await edge.RunAsync(TimeSpan.FromDays(10));
        Assert.InRange(_ca.DirectoryLooks - looks, 9, 11);

        Suggest(30, 31);
        await edge.RunAsync(TimeSpan.FromDays(2.1));
        Assert.NotNull(edge.Status("n0.test").RenewalWindow);
    }

    [Fact]
    public async Task Switched_off_nothing_is_asked_and_the_fraction_counts()
    {
        Suggest(30, 40);
        _settings.Ari = false;
        await using var edge = await StartAsync();

        await edge.RunAsync(TimeSpan.FromDays(61));

        Assert.Empty(_ca.RenewalLooks);
        Assert.InRange(_ca.Certificates[1].At, _ca.Certificates[0].At.AddDays(57), _ca.Certificates[0].At.AddDays(61));
        Assert.Null(_ca.Certificates[1].Replaces);
    }

    [Fact]
    public async Task An_expired_certificate_is_not_asked_about()
    {
        Suggest(55, 60);
        await using (var first = await StartAsync()) await first.SettleAsync("shop.test");
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.BadRequest, "rejectedIdentifier", "no") : null;
        _time.AdjustTime(_time.GetUtcNow().AddDays(91));
        _ca.RenewalLooks.Clear();

        await using var second = await StartAsync();
        await second.RunAsync(TimeSpan.FromDays(5));

        Assert.Empty(_ca.RenewalLooks);
        Assert.Equal(AcmeCertificateState.Failing, second.Status("shop.test").State);
    }

    private RenewalHint Kept() => ScheduleRecord.Read(_store.All(RecordKind.Schedule).Single()).Renewal!;

    /// <summary>In days after the first certificate.</summary>
    private void Suggest(double start, double end, int? retryAfter = 21_600, string? explanation = null) => _ca.RenewalInfo = _ => Window(start, end, retryAfter, explanation);

    private HttpResponseMessage Window(double start, double end, int? retryAfter = 21_600, string? explanation = null) =>
        TestCa.Window(_ca.Certificates[0].At.AddDays(start), _ca.Certificates[0].At.AddDays(end), retryAfter, explanation);

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes.Length > 0 ? wishes : [Wishes.Of("shop.test")]);

    /// <summary>Never answers a question about renewal.</summary>
    private sealed class Hangs(HttpMessageHandler inner, TaskCompletionSource asked) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri!.AbsolutePath.StartsWith("/renewal/", StringComparison.Ordinal))
            {
                asked.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            return await base.SendAsync(request, cancellationToken);
        }
    }
}
