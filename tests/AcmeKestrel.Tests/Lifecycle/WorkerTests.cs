using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Management;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The hosted worker as a host runs it, on the real clock where nothing else is said; the CA answers at once, so only its Retry-After is waited for.</summary>
public sealed class WorkerTests : IAsyncDisposable
{
    private readonly TestCa _ca = new(TimeProvider.System) { RetryAfter = 1 };
    private readonly IAcmeStore _store = new MemoryStore();
    private readonly TestSettings _settings = new();
    private readonly ChangingWishes _wishes = new();
    private readonly AwaitedPublisher _published = new();
    private readonly Activation _activation = new();
    private readonly List<IHost> _hosts = [];

    /// <summary>Whatever takes longer does not come.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_hundred_new_names_wait_side_by_side()
    {
        _wishes.Wishes = [.. Enumerable.Range(0, 200).Select(i => Lifecycle.Wishes.Of($"n{i}.test"))];
        var host = await StartAsync();

        var statuses = await SettleAsync(host);

        Assert.Equal(200, statuses.Count(status => status.State is AcmeCertificateState.Served));
        Assert.Equal(200, _published.Current.Count);
    }

    [Fact]
    public async Task A_wish_that_comes_while_it_runs_is_fulfilled()
    {
        var host = await StartAsync();
        await SettleAsync(host);

        _wishes.Change([Lifecycle.Wishes.Of("new.test")]);
        await _published.ShowAsync("new.test").WaitAsync(Deadline, Token);

        Assert.Equal(("new.test", AcmeCertificateState.Served), Brief(Assert.Single(await SettleAsync(host))));
    }

    /// <summary>Asked right after the change, before anybody has read it.</summary>
    [Fact]
    public async Task A_changed_wish_is_not_settled_with_the_outcome_of_the_former_one()
    {
        _wishes.Wishes = [Lifecycle.Wishes.Of("shop.test")];
        var host = await StartAsync();
        await SettleAsync(host);

        _wishes.Change([Lifecycle.Wishes.Of("shop.test", ["shop.test", "www.shop.test"])]);
        var settled = Assert.Single(await SettleAsync(host));

        Assert.Equal(AcmeCertificateState.Served, settled.State);
        Assert.Equal(["shop.test", "www.shop.test"], settled.Names);
        Assert.Equal(2, Assert.Single(_published.Current).Chain.Identifiers.Count);
    }

    [Fact]
    public async Task Without_an_https_address_no_ca_is_called()
    {
        _activation.IsActive = false;
        _wishes.Wishes = [Lifecycle.Wishes.Of("shop.test")];
        var host = await StartAsync();

        var status = Assert.Single(await SettleAsync(host));

        Assert.Equal(AcmeCertificateState.Held, status.State);
        Assert.Contains("https", status.Reason, StringComparison.Ordinal);
        Assert.Empty(_ca.Requests);
    }

    /// <summary>The worker runs a moment before the host says that it has started.</summary>
    [Theory]
    [InlineData(true, AcmeCertificateState.Served)]
    [InlineData(false, AcmeCertificateState.Held)]
    public async Task Nothing_is_settled_before_the_host_has_started(bool isActive, AcmeCertificateState expected)
    {
        _activation.Unknow();
        _wishes.Wishes = [Lifecycle.Wishes.Of("shop.test")];
        var host = await StartAsync();
        await Log(host).ToldAsync("shop.test: held:").WaitAsync(Deadline, Token);

        // Logged first, and on the board a moment later.
        await Eventually.TrueAsync(() => Assert.Single(Certificates(host).List()).State is AcmeCertificateState.Held);

        var settled = SettleAsync(host);
        Assert.False(settled.IsCompleted);
        _activation.Know(isActive);

        Assert.Equal(expected, Assert.Single(await settled).State);
    }

    [Fact]
    public async Task Disabled_it_serves_what_is_stored_and_calls_no_ca()
    {
        _wishes.Wishes = [Lifecycle.Wishes.Of("shop.test")];
        var first = await StartAsync();
        await SettleAsync(first);
        await first.StopAsync(Token);
        _published.Clear();
        _ca.Requests.Clear();

        _settings.Enabled = false;
        _wishes.Wishes = [Lifecycle.Wishes.Of("shop.test"), Lifecycle.Wishes.Of("other.test")];
        var second = await StartAsync();
        var statuses = await SettleAsync(second);

        Assert.Equal([AcmeCertificateState.Held, AcmeCertificateState.Served], statuses.Select(status => status.State));
        Assert.Single(_published.Current);
        Assert.Empty(_ca.Requests);
    }

    [Fact]
    public async Task A_pass_tries_failing_names_now_and_tells_what_it_did()
    {
        var reachable = false;
        _ca.Probe = (_, name, _) => Task.FromResult(reachable || name == "good.test" ? null : "nobody is there");
        _wishes.Wishes = [Lifecycle.Wishes.Of("good.test"), Lifecycle.Wishes.Of("bad.test")];
        var host = await StartAsync();
        await SettleAsync(host);

        var failed = await Certificates(host).ReconcileAsync(Token).WaitAsync(Deadline, Token);
        reachable = true;
        var done = await Certificates(host).ReconcileAsync(Token).WaitAsync(Deadline, Token);

        Assert.Equal(["bad.test"], failed.Failed.Select(status => status.Label));
        Assert.Equal(["bad.test"], done.Issued);
        Assert.Empty(done.Failed);
        Assert.Null(done.Error);
    }

    /// <summary>A source may not have said yet that it changed.</summary>
    [Fact]
    public async Task A_pass_is_over_what_is_wished_when_it_is_asked_for()
    {
        _wishes.Wishes = [Lifecycle.Wishes.Of("shop.test")];
        var host = await StartAsync();
        await SettleAsync(host);

        _wishes.Wishes = [Lifecycle.Wishes.Of("new.test")];
        var pass = await Certificates(host).ReconcileAsync(Token).WaitAsync(Deadline, Token);

        Assert.Equal(["new.test"], pass.Issued);
    }

    [Fact]
    public async Task A_pass_that_is_asked_of_another_process_is_made_by_the_one_that_has_the_state()
    {
        var first = await StartAsync();
        await SettleAsync(first);
        var second = await StartAsync();
        _wishes.Wishes = [Lifecycle.Wishes.Of("new.test")];

        var result = await Certificates(second).ReconcileAsync(Token).WaitAsync(Deadline, Token);

        Assert.Equal(["new.test"], result.Issued);
        Assert.Equal(("new.test", AcmeCertificateState.Served), Brief(Assert.Single(Certificates(first).List())));
    }

    [Fact]
    public async Task A_wish_source_that_fails_does_not_end_the_worker()
    {
        var time = new WaitedTime(DateTimeOffset.UtcNow);
        _wishes.Fails = true;
        var host = await StartAsync(time);
        await _wishes.Failed.WaitAsync(Deadline, Token);
        _wishes.Fails = false;
        _wishes.Change([Lifecycle.Wishes.Of("shop.test")]);

        await time.PassUntilAsync(_published.ShowAsync("shop.test").WaitAsync(Deadline, Token), Token);

        Assert.Equal(AcmeCertificateState.Served, Assert.Single(await time.PassUntilAsync(SettleAsync(host), Token)).State);
    }

    [Fact]
    public async Task Stopped_in_the_middle_of_an_order_it_goes_on_with_it_after_the_start()
    {
        _ca.ValidationLooks = 1000;
        _wishes.Wishes = [Lifecycle.Wishes.Of("shop.test")];
        var told = Signal();
        _ca.Instead = (kind, _) =>
        {
            if (kind == "challenge") told.TrySetResult();
            return null;
        };
        var first = await StartAsync();
        await told.Task.WaitAsync(Deadline, Token);
        await first.StopAsync(Token);

        _ca.ValidationLooks = 0;
        var second = await StartAsync();
        await SettleAsync(second);

        Assert.Single(_ca.NewOrders);
        Assert.Single(_published.Current);
    }

    [Fact]
    public async Task Stopped_it_gives_no_answer_any_more()
    {
        _ca.ValidationLooks = 1000;
        _wishes.Wishes = [Lifecycle.Wishes.Of("shop.test", challenges: [ChallengeTypes.TlsAlpn01])];
        var probed = Signal();
        _ca.Probe = (_, _, _) =>
        {
            probed.TrySetResult();
            return Task.FromResult<string?>(null);
        };
        var host = await StartAsync();
        var live = host.Services.GetRequiredService<LiveAnswers>();
        await probed.Task.WaitAsync(Deadline, Token);
        Assert.True(live.TryFindTlsAlpn01("shop.test", out _));

        await host.StopAsync(Token);

        Assert.False(live.TryFindTlsAlpn01("shop.test", out _));
    }

    [Fact]
    public async Task A_state_that_another_process_gives_up_is_read_anew_before_anything_is_ordered()
    {
        var first = await StartAsync();
        var time = new WaitedTime(DateTimeOffset.UtcNow);
        var second = await StartAsync(time);
        _wishes.Change([Lifecycle.Wishes.Of("shop.test")]);
        await _published.ShowAsync("shop.test").WaitAsync(Deadline, Token);
        Assert.Equal(AcmeCertificateState.Served, Assert.Single(await SettleAsync(first)).State);
        await first.StopAsync(Token);
        _published.Clear();

        await time.PassUntilAsync(_published.ShowAsync("shop.test").WaitAsync(Deadline, Token), Token);

        // One that only follows shows it, too.
        await time.PassUntilAsync(IsOursAsync(), Token);
        var pass = await Certificates(second).ReconcileAsync(Token).WaitAsync(Deadline, Token);
        Assert.Null(pass.Error);
        Assert.Empty(pass.Issued);
        Assert.Equal(AcmeCertificateState.Served, Assert.Single(await SettleAsync(second)).State);
        Assert.Single(_ca.NewOrders);
        Assert.Single(_published.Current);

        async Task<bool> IsOursAsync()
        {
            await Eventually.TrueAsync(() => second.Services.GetRequiredService<WorkerGate>().Session is not null);
            return true;
        }
    }

    [Fact]
    public async Task A_process_without_the_state_follows_the_one_that_has_it()
    {
        var first = await StartAsync();
        var time = new WaitedTime(DateTimeOffset.UtcNow);
        var shownByStandby = new AwaitedPublisher();
        await StartAsync(time, shownByStandby);
        _wishes.Change([Lifecycle.Wishes.Of("shop.test")]);
        await _published.ShowAsync("shop.test").WaitAsync(Deadline, Token);
        await SettleAsync(first);

        await time.PassUntilAsync(shownByStandby.ShowAsync("shop.test").WaitAsync(Deadline, Token), Token);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.StopAsync(Deadline);
            host.Dispose();
        }
    }

    private static IAcmeCertificates Certificates(IHost host) => host.Services.GetRequiredService<IAcmeCertificates>();

    private static ToldLog Log(IHost host) => host.Services.GetServices<ILoggerProvider>().OfType<ToldLog>().Single();

    private static Task<IReadOnlyList<AcmeCertificateStatus>> SettleAsync(IHost host) => Certificates(host).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);

    private static (string Label, AcmeCertificateState State) Brief(AcmeCertificateStatus status) => (status.Label, status.State);

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<IHost> StartAsync(TimeProvider? time = null, AwaitedPublisher? published = null)
    {
        published ??= _published;
        var builder = Host.CreateEmptyApplicationBuilder(null);
        if (time is not null) builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(_store);
        builder.Services.AddSingleton<IAcmeSettings>(_settings);
        builder.Services.AddSingleton<ICertificatePublisher>(provider =>
        {
            published.Source = provider.GetRequiredService<ICertificateSource>;
            return published;
        });
        builder.Services.AddSingleton<IShownCertificates>(published);
        builder.Services.AddSingleton<IWorkerActivation>(_activation);
        builder.Services.AddSingleton(_wishes.ForOneProcess());
        builder.Services.AddSingleton<Func<Provider, HttpMessageHandler?>>(_ => _ca.Transport());
        builder.Services.AddSingleton(provider => new LiveAnswers(TimeProvider.System, provider.GetRequiredService<IStoredAnswers>()));
        builder.Services.AddAcmeLifecycle().AddAcmeManagement();
        builder.Logging.AddProvider(new ToldLog());
        var host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync(Token);
        return host;
    }

    private sealed class Activation : IWorkerActivation
    {
        private TaskCompletionSource _known = Known();

        public bool IsActive { get; set; } = true;

        public bool IsKnown => _known.Task.IsCompleted;

        public string IdleReason => "the server listens on no https address";

        public void Unknow() => (IsActive, _known) = (false, new TaskCompletionSource());

        public void Know(bool isActive)
        {
            IsActive = isActive;
            _known.SetResult();
        }

        public Task WaitUntilKnownAsync(CancellationToken cancellationToken) => _known.Task.WaitAsync(cancellationToken);

        public Task WaitAsync(CancellationToken cancellationToken) => IsActive ? Task.CompletedTask : Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);

        public void Request()
        {
        }

        private static TaskCompletionSource Known()
        {
            var known = new TaskCompletionSource();
            known.SetResult();
            return known;
        }
    }
}
