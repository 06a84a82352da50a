using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What the hosted worker makes of wishes, and when it says so.</summary>
public sealed class WorkerTests : WorkerScene
{
    [Fact]
    public async Task Two_hundred_new_names_wait_side_by_side()
    {
        Source.Wishes = [.. Enumerable.Range(0, 200).Select(i => Wishes.Of($"n{i}.test"))];
        var host = await StartAsync();

        // Side by side they take some seconds, and on a busy machine much longer.
        var statuses = await Certificates(host).WaitUntilSettledAsync(Token).WaitAsync(TimeSpan.FromMinutes(3), Token);

        Assert.Equal(200, statuses.Count(status => status.State is AcmeCertificateState.Served));
        Assert.Equal(200, Published.Current.Count);
    }

    [Fact]
    public async Task A_wish_that_comes_while_it_runs_is_fulfilled()
    {
        var host = await StartAsync();
        await SettleAsync(host);

        Source.Change([Wishes.Of("new.test")]);
        await Published.ShowAsync("new.test").WaitAsync(Deadline, Token);

        Assert.Equal(("new.test", AcmeCertificateState.Served), Brief(Assert.Single(await SettleAsync(host))));
    }

    /// <summary>Asked right after the change, before anybody has read it.</summary>
    [Fact]
    public async Task A_changed_wish_is_not_settled_with_the_outcome_of_the_former_one()
    {
        Source.Wishes = [Wishes.Of("shop.test")];
        var host = await StartAsync();
        await SettleAsync(host);

        Source.Change([Wishes.Of("shop.test", ["shop.test", "www.shop.test"])]);
        var settled = Assert.Single(await SettleAsync(host));

        Assert.Equal(AcmeCertificateState.Served, settled.State);
        Assert.Equal(["shop.test", "www.shop.test"], settled.Names);
        Assert.Equal(2, Assert.Single(Published.Current).Chain.Identifiers.Count);
    }

    [Fact]
    public async Task Without_an_https_address_no_ca_is_called()
    {
        Server.IsActive = false;
        Source.Wishes = [Wishes.Of("shop.test")];
        var host = await StartAsync();

        var status = Assert.Single(await SettleAsync(host));

        Assert.Equal(AcmeCertificateState.Held, status.State);
        Assert.Contains("https", status.Reason, StringComparison.Ordinal);
        Assert.Empty(Ca.Requests);
    }

    /// <summary>The worker runs a moment before the host says that it has started.</summary>
    [Theory]
    [InlineData(true, AcmeCertificateState.Served)]
    [InlineData(false, AcmeCertificateState.Held)]
    public async Task Nothing_is_settled_before_the_host_has_started(bool isActive, AcmeCertificateState expected)
    {
        Server.Unknow();
        Source.Wishes = [Wishes.Of("shop.test")];
        var host = await StartAsync();
        await Log(host).ToldAsync("shop.test: held:").WaitAsync(Deadline, Token);

        // Logged first, and on the board a moment later.
        await Eventually.TrueAsync(() => Assert.Single(Certificates(host).List()).State is AcmeCertificateState.Held);

        var settled = SettleAsync(host);
        Assert.False(settled.IsCompleted);
        Server.Know(isActive);

        Assert.Equal(expected, Assert.Single(await settled).State);
    }

    [Fact]
    public async Task Disabled_it_serves_what_is_stored_and_calls_no_ca()
    {
        Source.Wishes = [Wishes.Of("shop.test")];
        var first = await StartAsync();
        await SettleAsync(first);
        await first.StopAsync(Token);
        Published.Clear();
        Ca.Requests.Clear();

        Settings.Enabled = false;
        Source.Wishes = [Wishes.Of("shop.test"), Wishes.Of("other.test")];
        var second = await StartAsync();
        var statuses = await SettleAsync(second);

        Assert.Equal([AcmeCertificateState.Held, AcmeCertificateState.Served], statuses.Select(status => status.State));
        Assert.Single(Published.Current);
        Assert.Empty(Ca.Requests);
    }

    [Fact]
    public async Task A_pass_tries_failing_names_now_and_tells_what_it_did()
    {
        var reachable = false;
        Ca.Probe = (_, name, _) => Task.FromResult(reachable || name == "good.test" ? null : "nobody is there");
        Source.Wishes = [Wishes.Of("good.test"), Wishes.Of("bad.test")];
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
        Source.Wishes = [Wishes.Of("shop.test")];
        var host = await StartAsync();
        await SettleAsync(host);

        Source.Wishes = [Wishes.Of("new.test")];
        var pass = await Certificates(host).ReconcileAsync(Token).WaitAsync(Deadline, Token);

        Assert.Equal(["new.test"], pass.Issued);
    }

    [Fact]
    public async Task A_wish_source_that_fails_does_not_end_the_worker()
    {
        var time = new WaitedTime(DateTimeOffset.UtcNow);
        Source.Fails = true;
        var host = await StartAsync(time);
        await Source.Failed.WaitAsync(Deadline, Token);
        Source.Fails = false;
        Source.Change([Wishes.Of("shop.test")]);

        await time.PassUntilAsync(Published.ShowAsync("shop.test").WaitAsync(Deadline, Token), Token);

        Assert.Equal(AcmeCertificateState.Served, Assert.Single(await time.PassUntilAsync(SettleAsync(host), Token)).State);
    }

    private static ToldLog Log(IHost host) => host.Services.GetServices<ILoggerProvider>().OfType<ToldLog>().Single();
}
