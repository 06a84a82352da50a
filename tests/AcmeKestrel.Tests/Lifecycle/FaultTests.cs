using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

public sealed class FaultTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public FaultTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError, 2)]
    [InlineData(HttpStatusCode.ServiceUnavailable, 2)]
    [InlineData(HttpStatusCode.TooManyRequests, 60)]
    public async Task A_fault_of_the_ca_stops_all_names_and_one_of_them_probes(HttpStatusCode status, int pause)
    {
        _ca.Instead = (kind, _) => kind == "order" ? new HttpResponseMessage(status) : null;
        await using var edge = await StartAsync(Enumerable.Range(0, 20).Select(i => Wishes.Of($"n{i}.test")).ToArray());

        await edge.RunAsync(TimeSpan.FromSeconds(pause - 1));
        Assert.Equal(1, _ca.Requests.Count(kind => kind == "order"));
        Assert.All(edge.Get<StatusBoard>().List(), label => Assert.Equal(AcmeCertificateState.Held, label.State));

        await edge.RunAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(2, _ca.Requests.Count(kind => kind == "order"));

        _ca.Instead = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromMinutes(30));
        Assert.All(edge.Get<StatusBoard>().List(), label => Assert.Equal((AcmeCertificateState.Served, 0), (label.State, label.Failures)));
    }

    [Fact]
    public async Task Retry_after_is_obeyed_also_after_a_restart()
    {
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.ServiceUnavailable, "serverInternal", "down", retryAfter: 7200) : null;
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.RunAsync(TimeSpan.FromMinutes(10));
        await using var second = await StartAsync(Wishes.Of("shop.test"));
        await second.RunAsync(TimeSpan.FromMinutes(100));

        Assert.Equal(1, _ca.Requests.Count(kind => kind == "order"));

        await second.RunAsync(TimeSpan.FromMinutes(15));
        Assert.Equal(2, _ca.Requests.Count(kind => kind == "order"));
    }

    [Fact]
    public async Task A_rate_limit_of_one_name_keeps_that_name_waiting_and_no_other()
    {
        _ca.Instead = (kind, payload) => kind == "order" && payload!.ToJsonString().Contains("n0.test", StringComparison.Ordinal)
            ? TestCa.Problem(HttpStatusCode.TooManyRequests, "rateLimited", "too many certificates for this set", retryAfter: 86400)
            : null;
        await using var edge = await StartAsync(Wishes.Of("n0.test"), Wishes.Of("n1.test"), Wishes.Of("n2.test"));

        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(AcmeCertificateState.Held, edge.Status("n0.test").State);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("n1.test").State);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("n2.test").State);
        await edge.RunAsync(TimeSpan.FromHours(23));
        Assert.Equal(3, _ca.Requests.Count(kind => kind == "order"));
    }

    [Fact]
    public async Task A_busy_ca_that_calls_that_a_rate_limit_is_left_alone_by_everybody()
    {
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.ServiceUnavailable, "rateLimited", "Service busy; retry later.", retryAfter: 7200) : null;
        await using var edge = await StartAsync(Enumerable.Range(0, 5).Select(i => Wishes.Of($"n{i}.test")).ToArray());

        await edge.RunAsync(TimeSpan.FromMinutes(119));
        Assert.Equal(1, _ca.Requests.Count(kind => kind == "order"));

        await edge.RunAsync(TimeSpan.FromMinutes(10));
        Assert.InRange(_ca.Requests.Count(kind => kind == "order"), 2, 3);
    }

    [Theory]
    [InlineData("challenge")]
    [InlineData("finalize")]
    [InlineData("order-get")]
    [InlineData("certificate")]
    public async Task A_lost_answer_in_the_middle_costs_no_second_order(string lost)
    {
        var broken = true;
        Func<HttpMessageHandler> transport = () => new LosesAnswers(_ca.Transport(), request => broken && request.EndsWith(lost, StringComparison.Ordinal) && !(broken = false));
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")], transport);

        await edge.RunAsync(TimeSpan.FromMinutes(10));

        Assert.False(broken);
        Assert.Equal((AcmeCertificateState.Served, 0), (edge.Status("shop.test").State, edge.Status("shop.test").Failures));
        Assert.Single(_ca.NewOrders);
        Assert.Single(_ca.Certificates);
    }

    [Fact]
    public async Task Terms_that_are_not_accepted_hold_the_name_with_the_key_to_set()
    {
        _settings.AcceptTerms = false;
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        var status = await edge.SettleAsync("shop.test");

        Assert.Equal(AcmeCertificateState.Held, status.State);
        Assert.Contains("Acme:AcceptTermsOfService", status.Reason, StringComparison.Ordinal);
        Assert.Contains("https://ca.test/terms", status.Reason, StringComparison.Ordinal);
        Assert.Empty(_ca.Requests);
        Assert.Empty(_store.All(RecordKind.Account));

        _settings.AcceptTerms = true;
        edge.Wake(["shop.test"]);
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
    }

    [Fact]
    public async Task A_missing_external_account_holds_the_name_with_the_key_to_set()
    {
        _ca.RequiresExternalAccount = true;
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        var status = await edge.SettleAsync("shop.test");

        Assert.Equal(AcmeCertificateState.Held, status.State);
        Assert.Contains("Acme:Providers:test:EabKeyId", status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_external_account_key_id_is_on_disk_before_it_is_sent()
    {
        (_ca.RequiresExternalAccount, _settings.EabKeyId) = (true, "kid-1");
        string? kept = null;
        _ca.Instead = (kind, _) =>
        {
            if (kind == "account") kept = AccountRecord.Read(_store.All(RecordKind.Account).Single()).Facts.EabKeyIdSent;
            return null;
        };
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Equal("kid-1", kept);
    }

    [Fact]
    public async Task An_account_the_ca_lost_is_registered_anew_with_the_same_key()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");
        var before = AccountRecord.Read(_store.All(RecordKind.Account).Single());
        _ca.LoseEverything();

        await using var second = await StartAsync(Wishes.Of("other.test"));
        Assert.Equal(AcmeCertificateState.Served, (await second.SettleAsync("other.test")).State);

        var after = AccountRecord.Read(_store.All(RecordKind.Account).Single());
        Assert.Equal(before.PrivateKeyPem, after.PrivateKeyPem);
        Assert.Equal([before.Facts.Url!], after.Facts.PreviousUrls);
    }

    [Fact]
    public async Task An_order_the_ca_lost_is_made_anew_without_counting_a_failure()
    {
        _ca.ValidationLooks = 3;
        await using (var first = await StartAsync(Wishes.Of("shop.test")))
        {
            await first.RunAsync(TimeSpan.FromSeconds(2));
            Assert.NotEmpty(_store.All(RecordKind.Order));
        }

        _ca.LoseEverything();
        await using var second = await StartAsync(Wishes.Of("shop.test"));
        await second.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal((AcmeCertificateState.Served, 0), (second.Status("shop.test").State, second.Status("shop.test").Failures));
    }

    [Fact]
    public async Task A_directory_url_that_differs_from_the_account_record_is_held_and_named()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");
        var record = AccountRecord.Read(_store.All(RecordKind.Account).Single());
        await _store.WriteAsync(record.Key, (record with { DirectoryUrl = "https://other.test/dir" }).Write(), null, null, CancellationToken.None);

        await using var second = await StartAsync(Wishes.Of("other.test"));
        var status = await second.SettleAsync("other.test");

        Assert.Equal(AcmeCertificateState.Held, status.State);
        Assert.Contains("https://other.test/dir", status.Reason, StringComparison.Ordinal);
        Assert.Equal(1, _ca.Accounts);
    }

    [Fact]
    public async Task What_cannot_be_persisted_is_never_ordered()
    {
        _store.BeforeWrite = _ => throw new StoreUnavailableException("/state is full");
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        var status = await edge.SettleAsync("shop.test");
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Held, status.State);
        Assert.Contains("/state is full", status.Reason, StringComparison.Ordinal);
        Assert.Empty(_ca.Requests);

        _store.BeforeWrite = _ => { };
        await edge.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }

    [Fact]
    public async Task A_medium_that_fails_after_the_order_was_made_costs_no_second_order()
    {
        _ca.Instead = (kind, _) =>
        {
            if (kind == "order") _store.BeforeWrite = _ => throw new StoreUnavailableException("/state is full");
            return null;
        };
        await using var edge = await StartAsync(Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");

        _store.BeforeWrite = _ => { };
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task A_state_held_elsewhere_is_served_and_nothing_is_ordered()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");
        _store.LeaseIsFree = false;
        _ca.Requests.Clear();

        await using var second = await StartAsync(Wishes.Of("shop.test"), Wishes.Of("other.test"));

        Assert.Equal(AcmeCertificateState.Served, (await second.SettleAsync("shop.test")).State);
        var other = await second.SettleAsync("other.test");
        Assert.Equal(AcmeCertificateState.Held, other.State);
        Assert.Contains("a server already runs on this state", other.Reason, StringComparison.Ordinal);
        Assert.Empty(_ca.Requests);
    }

    [Theory]
    [InlineData("certificate", "fullchain")]
    [InlineData("certificate", "privkey")]
    [InlineData("certificate", "meta.json")]
    [InlineData("schedule", "schedule.json")]
    public async Task A_damaged_record_is_held_by_name_and_left_alone_while_the_rest_is_served(string kindName, string part)
    {
        var kind = new RecordKind(kindName);
        await using (var first = await StartAsync(Wishes.Of("shop.test"), Wishes.Of("other.test"))) await first.RunAsync(TimeSpan.FromMinutes(1));
        var key = _store.All(kind).Single(record => record.Key.Name.StartsWith("shop.test", StringComparison.Ordinal)).Key;
        _store.Damage(key, part);
        _ca.Requests.Clear();

        await using var second = await StartAsync(Wishes.Of("shop.test"), Wishes.Of("other.test"));
        await second.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Held, second.Status("shop.test").State);
        Assert.Contains(key.Name, second.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.Equal(AcmeCertificateState.Served, second.Status("other.test").State);
        Assert.Empty(_ca.Requests);
        Assert.Equal("damaged"u8.ToArray(), (await _store.ReadAsync(key, CancellationToken.None))!.Content.Find(part)!.Value.ToArray());
    }

    [Fact]
    public async Task A_damaged_newest_generation_gives_way_to_the_one_before()
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test")))
        {
            await first.SettleAsync("shop.test");
            await first.RunAsync(TimeSpan.FromDays(61));
        }

        var generations = _store.All(RecordKind.Certificate);
        _store.Damage(generations[1].Key, "privkey");
        await using var second = await StartAsync(Wishes.Of("shop.test"));

        Assert.Equal(GenerationRecord.Names(generations[0].Key).Generation, second.Published.Current["shop.test"].Id);
    }

    [Fact]
    public async Task A_roots_file_that_cannot_be_read_is_held_with_its_key()
    {
        _settings.RootsFile = "/nowhere/roots.pem";
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        var status = await edge.SettleAsync("shop.test");

        Assert.Equal(AcmeCertificateState.Held, status.State);
        Assert.Contains("Acme:Providers:test:TrustedRootsFile", status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_name_waits_for_a_human_and_is_not_tried_on_the_ladder()
    {
        _ca.Instead = (kind, _) => kind == "order" ? TestCa.Problem(HttpStatusCode.Forbidden, "userActionRequired", "accept the new terms") : null;
        await using var edge = await StartAsync(Wishes.Of("shop.test"));

        var status = await edge.SettleAsync("shop.test");
        await edge.RunAsync(TimeSpan.FromHours(20));

        Assert.Equal((AcmeCertificateState.Held, 0), (status.State, status.Failures));
        Assert.Contains("accept the new terms", status.Reason, StringComparison.Ordinal);
        Assert.Single(_ca.Requests, "order");
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized, true)]
    [InlineData(HttpStatusCode.Forbidden, true)]
    [InlineData(HttpStatusCode.Forbidden, false)]
    public async Task A_closed_account_is_told_from_a_refused_order(HttpStatusCode status, bool isClosed)
    {
        await using (var first = await StartAsync(Wishes.Of("shop.test"))) await first.SettleAsync("shop.test");
        _ca.Instead = (kind, _) => kind == "order" || (isClosed && kind == "account") ? TestCa.Problem(status, "unauthorized", "you may not") : null;
        await using var second = await StartAsync(Wishes.Of("new.test"));

        var told = await second.SettleAsync("new.test");

        Assert.Equal(isClosed ? (AcmeCertificateState.Held, 0) : (AcmeCertificateState.Failing, 1), (told.State, told.Failures));
        Assert.Equal(isClosed, told.Reason!.Contains("is closed at the CA", StringComparison.Ordinal));
        Assert.Contains("you may not", told.Reason, StringComparison.Ordinal);
    }

    private Task<Edge> StartAsync(params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, _store, wishes);

    /// <summary>The CA processes the request, and the answer never arrives.</summary>
    private sealed class LosesAnswers(HttpMessageHandler inner, Func<string, bool> isLost) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            var kind = request.RequestUri!.AbsolutePath.Split('/')[1] is "order" ? "order-get" : request.RequestUri.AbsolutePath.Split('/')[1];
            return isLost(kind) ? throw new HttpRequestException("The connection was reset.") : answer;
        }
    }
}
