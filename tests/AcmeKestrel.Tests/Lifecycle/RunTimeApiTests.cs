using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Management;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What an application does with its certificates while it runs, on a host and the real clock; the CA answers at once, so only its Retry-After is waited for.</summary>
public sealed class RunTimeApiTests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TestCa _ca = new(TimeProvider.System) { RetryAfter = 1 };
    private readonly MemoryStore _memory = new();
    private readonly CountingStore _store;
    private readonly FlakyStore _flaky;
    private readonly Configured _configured = new();
    private readonly AwaitedPublisher _published = new();
    private readonly List<IHost> _hosts = [];

    public RunTimeApiTests() => _flaky = new FlakyStore(_store = new CountingStore(_memory));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync(Deadline);
            host.Dispose();
        }
    }

    [Fact]
    public async Task A_wish_is_served_when_it_returns_and_is_still_one_after_a_restart()
    {
        var first = await StartAsync();

        var status = await EnsureAsync(first, "Customer.test", "www.customer.test");

        Assert.Equal(("customer.test", AcmeCertificateState.Served), (status.Label, status.State));
        Assert.Equal("customer.test", Assert.Single(_published.Current).Label);
        await first.Host.StopAsync(Token);

        var second = await StartAsync();
        var settled = Assert.Single(await second.Certificates.WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token));
        Assert.Equal((AcmeCertificateState.Served, 2, "the run-time wish 'customer.test'"), (settled.State, settled.Names.Count, settled.Origin));
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task Asking_once_more_for_the_same_costs_a_look()
    {
        var app = await StartAsync();
        await EnsureAsync(app, "customer.test");
        var writes = _store.Writes;

        Assert.Equal(AcmeCertificateState.Served, (await EnsureAsync(app, "customer.test")).State);

        Assert.Equal((writes, 1), (_store.Writes, _ca.NewOrders.Count));
    }

    [Fact]
    public async Task Many_at_once_are_served_each()
    {
        var app = await StartAsync();

        var statuses = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => EnsureAsync(app, $"c{i}.test")));

        Assert.All(statuses, status => Assert.Equal(AcmeCertificateState.Served, status.State));
        Assert.Equal(40, _ca.NewOrders.Count);
    }

    [Fact]
    public async Task Another_wish_for_the_label_takes_the_place_of_the_former_one()
    {
        var app = await StartAsync();
        await EnsureAsync(app, "customer.test");

        var status = await EnsureAsync(app, "customer.test", "shop.customer.test");

        Assert.Equal((AcmeCertificateState.Served, 2), (status.State, status.Names.Count));
        Assert.Equal(2, Assert.Single(_published.Current).Chain.Identifiers.Count);
        Assert.Equal(2, _ca.NewOrders.Count);
    }

    [Theory]
    [InlineData("not a name")]
    [InlineData("xn--a.test")]
    [InlineData("")]
    public async Task What_is_no_name_is_refused_and_wished_by_nobody(string name)
    {
        var app = await StartAsync();
        var writes = _store.Writes;

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => EnsureAsync(app, "customer.test", name));

        Assert.NotEmpty(refused.Message);
        Assert.Equal(writes, _store.Writes);
        Assert.Empty(app.Certificates.List());
        await Assert.ThrowsAsync<ArgumentException>(() => EnsureAsync(app));
    }

    [Fact]
    public async Task What_cannot_be_a_wish_now_says_why()
    {
        var app = await StartAsync();

        var status = await app.Certificates.EnsureAsync(new AcmeCertificateRequest("customer.test") { Provider = "nobody" }, Token).WaitAsync(Deadline, Token);

        Assert.Equal(AcmeCertificateState.Held, status.State);
        Assert.Contains("'nobody' is no known provider", status.Reason, StringComparison.Ordinal);
    }

    /// <summary>An application that starts a thousand times asks a thousand times.</summary>
    [Fact]
    public async Task What_fails_says_why_and_asking_again_spends_no_attempt()
    {
        _ca.Probe = (_, _, _) => Task.FromResult<string?>("nobody is there");
        var app = await StartAsync();

        var status = await EnsureAsync(app, "customer.test");
        Assert.Equal(AcmeCertificateState.Failing, status.State);
        Assert.Contains("nobody is there", status.Reason, StringComparison.Ordinal);

        var requests = _ca.Requests.Count;
        Assert.Equal(AcmeCertificateState.Failing, (await EnsureAsync(app, "customer.test")).State);
        Assert.Equal(requests, _ca.Requests.Count);
    }

    [Fact]
    public async Task What_fails_is_tried_once_more_when_somebody_says_so()
    {
        _ca.Probe = (_, _, _) => Task.FromResult<string?>("nobody is there");
        var app = await StartAsync();
        Assert.Equal(AcmeCertificateState.Failing, (await EnsureAsync(app, "customer.test")).State);

        _ca.Probe = (_, _, _) => Task.FromResult<string?>(null);
        var status = await app.Certificates.RetryAsync("customer.test", Token).WaitAsync(Deadline, Token);

        Assert.Equal(AcmeCertificateState.Served, status!.State);
    }

    [Fact]
    public async Task A_name_that_is_wished_already_is_the_stronger_sources()
    {
        _configured.Wish("shop", "customer.test", "other.test");
        var app = await StartAsync();

        var status = await EnsureAsync(app, "customer.test");

        Assert.Equal(("shop", AcmeCertificateState.Served, "config"), (status.Label, status.State, status.Origin));
        Assert.Single(_ca.NewOrders);
    }

    [Fact]
    public async Task A_label_that_is_taken_says_by_whom()
    {
        _configured.Wish("customer.test", "other.test");
        var app = await StartAsync();

        var status = await EnsureAsync(app, "customer.test");

        Assert.Equal(AcmeCertificateState.Held, status.State);
        Assert.Contains("belongs to config", status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_forgotten_is_wished_no_more_and_served_on()
    {
        var app = await StartAsync();
        await EnsureAsync(app, "customer.test");

        Assert.True(await app.Certificates.ForgetAsync("customer.test", Token));
        Assert.Empty(await app.Certificates.WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token));
        Assert.Equal("customer.test", Assert.Single(_published.Current).Label);
        Assert.False(await app.Certificates.ForgetAsync("customer.test", Token));
        Assert.Null(await app.Certificates.RenewAsync("customer.test", Token));
        Assert.Null(await app.Certificates.GetAsync("customer.test", Token));
        await app.Host.StopAsync(Token);

        Assert.Empty(await (await StartAsync()).Certificates.WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token));
    }

    [Fact]
    public async Task What_another_source_wishes_is_not_forgotten()
    {
        _configured.Wish("shop", "shop.test");
        var app = await StartAsync();

        Assert.False(await app.Certificates.ForgetAsync("shop", Token));

        Assert.Equal(AcmeCertificateState.Served, Assert.Single(await app.Certificates.WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token)).State);
    }

    [Fact]
    public async Task A_good_certificate_is_replaced_when_somebody_says_so_and_once()
    {
        var app = await StartAsync();
        await EnsureAsync(app, "customer.test");
        var before = Assert.Single(_published.Current).Id;

        var status = await app.Certificates.RenewAsync("customer.test", Token).WaitAsync(Deadline, Token);

        Assert.Equal(AcmeCertificateState.Served, status!.State);
        Assert.NotEqual(before, Assert.Single(_published.Current).Id);
        Assert.Equal(2, _ca.NewOrders.Count);
        await EnsureAsync(app, "customer.test");
        Assert.Equal(2, _ca.NewOrders.Count);
    }

    [Fact]
    public async Task On_hold_nothing_is_ordered_whatever_is_asked_for_until_it_is_released()
    {
        var first = await StartAsync();
        await EnsureAsync(first, "customer.test");
        Assert.Equal(AcmeCertificateState.Served, (await first.Certificates.HoldAsync("customer.test", "moving house", Token).WaitAsync(Deadline, Token))!.State);
        await first.Host.StopAsync(Token);

        var second = await StartAsync();
        var renewed = await second.Certificates.RenewAsync("customer.test", Token).WaitAsync(Deadline, Token);
        Assert.Equal(AcmeCertificateState.Held, renewed!.State);
        Assert.Contains("moving house", renewed.Reason, StringComparison.Ordinal);
        Assert.Equal(AcmeCertificateState.Held, (await EnsureAsync(second, "customer.test", "shop.customer.test")).State);
        Assert.Single(_ca.NewOrders);

        var released = await second.Certificates.ReleaseAsync("customer.test", Token).WaitAsync(Deadline, Token);
        Assert.Equal(AcmeCertificateState.Served, released!.State);
        Assert.Equal(2, released.Names.Count);
        Assert.Null(await second.Certificates.HoldAsync("nobody.test", null, Token));
    }

    /// <summary>A large state takes its time, and the wishes are known long before: nobody else wrote any meanwhile.</summary>
    [Fact]
    public async Task At_a_start_the_wishes_are_read_once()
    {
        var (go, times) = (new TaskCompletionSource(), 0);
        _flaky.Listing = kind =>
        {
            if (kind == RecordKind.Wish) Interlocked.Increment(ref times);
            return kind == RecordKind.Schedule ? go.Task : Task.CompletedTask;
        };
        var app = await StartAsync();
        await Eventually.TrueAsync(() => Volatile.Read(ref times) > 0);
        go.SetResult();

        Assert.Equal(AcmeCertificateState.Served, (await EnsureAsync(app, "customer.test")).State);

        Assert.Equal(1, times);
    }

    /// <summary>Nobody will answer any more: a web request that waits must not hold the graceful stop for its whole time.</summary>
    [Fact]
    public async Task Whoever_waits_when_the_application_stops_is_let_go()
    {
        _ca.ValidationLooks = int.MaxValue;
        var app = await StartAsync();
        var ensuring = EnsureAsync(app, "customer.test");
        await Eventually.TrueAsync(() => _ca.NewOrders.Count == 1);
        Task[] waiting =
        [
            ensuring, app.Certificates.RenewAsync("customer.test", Token).WaitAsync(Deadline, Token),
            app.Certificates.ReconcileAsync(Token).WaitAsync(Deadline, Token), app.Certificates.WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token),
        ];

        await app.Host.StopAsync(Token);

        foreach (var waits in waiting) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waits);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => app.Certificates.RetryAsync("customer.test", Token).WaitAsync(Deadline, Token));
    }

    [Fact]
    public async Task A_hold_is_kept_at_once_and_an_order_in_flight_goes_on()
    {
        _ca.ValidationLooks = int.MaxValue;
        var app = await StartAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var ensuring = app.Certificates.EnsureAsync(new AcmeCertificateRequest("customer.test"), stop.Token);
        await Eventually.TrueAsync(() => _ca.NewOrders.Count == 1);

        var held = await app.Certificates.HoldAsync("customer.test", "moving house", Token).WaitAsync(Deadline, Token);

        Assert.Equal(AcmeCertificateState.Ordering, held!.State);
        Assert.Contains("moving house", await ScheduleAsync("customer.test"), StringComparison.Ordinal);
        Assert.False(ensuring.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ensuring);
    }

    [Fact]
    public async Task Two_holds_at_once_are_both_kept()
    {
        var app = await StartAsync();
        await EnsureAsync(app, "customer.test");

        for (var i = 0; i < 20; i++)
        {
            var statuses = await Task.WhenAll(Enumerable.Range(0, 4).Select(one => app.Certificates.HoldAsync("customer.test", $"{one}", Token))).WaitAsync(Deadline, Token);
            Assert.All(statuses, status => Assert.Equal(AcmeCertificateState.Served, status!.State));
        }
    }

    [Fact]
    public async Task A_hold_that_cannot_be_kept_says_so()
    {
        var app = await StartAsync();
        await EnsureAsync(app, "customer.test");
        _flaky.Writing = key => key.Kind == RecordKind.Schedule ? throw new StoreUnavailableException("the disk is full") : Task.CompletedTask;

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => app.Certificates.HoldAsync("customer.test", null, Token).WaitAsync(Deadline, Token));

        Assert.Contains("the disk is full", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_state_nothing_is_promised()
    {
        var first = await StartAsync();
        await EnsureAsync(first, "customer.test");
        var second = await StartAsync();

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => EnsureAsync(second, "other.test"));

        Assert.Contains("another process holds it", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => second.Certificates.ForgetAsync("customer.test", Token));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => second.Certificates.HoldAsync("customer.test", null, Token));
    }

    [Fact]
    public async Task A_record_that_cannot_be_used_is_a_problem_and_in_nobodys_way()
    {
        await _memory.WriteAsync(new RecordKey(RecordKind.Wish, "broken.test"), new RecordContent([new RecordPart("wish.json", "{"u8.ToArray())]), null, null, Token);
        var app = await StartAsync();

        Assert.Equal(AcmeCertificateState.Served, (await EnsureAsync(app, "customer.test")).State);

        var broken = await app.Certificates.GetAsync("the run-time wish 'broken.test'", Token);
        Assert.Equal(AcmeCertificateState.Held, broken!.State);
        Assert.Contains("wish.json is damaged", broken.Reason, StringComparison.Ordinal);
    }

    private static Task<AcmeCertificateStatus> EnsureAsync(App app, params string[] names) => app.Certificates.EnsureAsync(new AcmeCertificateRequest(names), Token).WaitAsync(Deadline, Token);

    private async Task<string> ScheduleAsync(string label) => Encoding.UTF8.GetString((await _memory.ReadAsync(new RecordKey(RecordKind.Schedule, label), Token))!.Content.Find("schedule.json")!.Value.Span);

    private async Task<App> StartAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<IAcmeStore>(_flaky);
        builder.Services.AddSingleton<IAcmeSettings>(new TestSettings { Challenges = [ChallengeTypes.Http01, ChallengeTypes.TlsAlpn01] });
        builder.Services.AddSingleton<ICertificatePublisher>(provider =>
        {
            _published.Source = provider.GetRequiredService<ICertificateSource>;
            return _published;
        });
        builder.Services.AddSingleton<IShownCertificates>(_published);
        builder.Services.AddSingleton<IWorkerActivation>(new AlwaysActive());
        builder.Services.AddSingleton<IDesiredCertificateSource>(_configured);
        builder.Services.AddSingleton<IWishFeed, WishFeed>();
        builder.Services.AddSingleton<Func<Provider, HttpMessageHandler?>>(_ => _ca.Transport());
        builder.Services.AddSingleton(provider => new LiveAnswers(TimeProvider.System, provider.GetRequiredService<IStoredAnswers>()));
        builder.Services.AddAcmeLifecycle().AddAcmeManagement();
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync(Token);
        return new App(host, host.Services.GetRequiredService<IAcmeCertificates>());
    }

    private sealed record App(IHost Host, IAcmeCertificates Certificates);

    /// <summary>What the configuration wishes.</summary>
    private sealed class Configured : IDesiredCertificateSource
    {
        private readonly List<DesiredCertificate> _wishes = [];

        public AcmeWishSource Source => AcmeWishSource.Options;

        public void Wish(string label, params string[] names) => _wishes.Add(new DesiredCertificate(names, "config") { Label = label });

        public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new DesiredCertificates([.. _wishes]));

        public IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);
    }
}
