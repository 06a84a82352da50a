using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What an application does with its certificates while it runs.</summary>
public sealed class RunTimeApiTests : RunTimeScene
{
    [Fact]
    public async Task A_wish_is_served_when_it_returns_and_is_still_one_after_a_restart()
    {
        var first = await StartAsync();

        var status = await EnsureAsync(first, "Customer.test", "www.customer.test");

        Assert.Equal(("customer.test", AcmeCertificateState.Served), (status.Label, status.State));
        Assert.Equal("customer.test", Assert.Single(Published.Current).Label);
        await first.Host.StopAsync(Token);

        var second = await StartAsync();
        var settled = Assert.Single(await second.Certificates.WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token));
        Assert.Equal((AcmeCertificateState.Served, 2, "the run-time wish 'customer.test'"), (settled.State, settled.Names.Count, settled.Origin));
        Assert.Single(Ca.NewOrders);
    }

    [Fact]
    public async Task Asking_once_more_for_the_same_costs_a_look()
    {
        var app = await StartAsync();
        await EnsureAsync(app, "customer.test");
        var writes = Store.Writes;

        Assert.Equal(AcmeCertificateState.Served, (await EnsureAsync(app, "customer.test")).State);

        Assert.Equal((writes, 1), (Store.Writes, Ca.NewOrders.Count));
    }

    [Fact]
    public async Task Many_at_once_are_served_each()
    {
        var app = await StartAsync();

        var statuses = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => EnsureAsync(app, $"c{i}.test")));

        Assert.All(statuses, status => Assert.Equal(AcmeCertificateState.Served, status.State));
        Assert.Equal(40, Ca.NewOrders.Count);
    }

    [Fact]
    public async Task Another_wish_for_the_label_takes_the_place_of_the_former_one()
    {
        var app = await StartAsync();
        await EnsureAsync(app, "customer.test");

        var status = await EnsureAsync(app, "customer.test", "shop.customer.test");

        Assert.Equal((AcmeCertificateState.Served, 2), (status.State, status.Names.Count));
        Assert.Equal(2, Assert.Single(Published.Current).Chain.Identifiers.Count);
        Assert.Equal(2, Ca.NewOrders.Count);
    }

    [Theory]
    [InlineData("not a name")]
    [InlineData("xn--a.test")]
    [InlineData("")]
    public async Task What_is_no_name_is_refused_and_wished_by_nobody(string name)
    {
        var app = await StartAsync();
        var writes = Store.Writes;

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => EnsureAsync(app, "customer.test", name));

        Assert.NotEmpty(refused.Message);
        Assert.Equal(writes, Store.Writes);
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
        Ca.Probe = (_, _, _) => Task.FromResult<string?>("nobody is there");
        var app = await StartAsync();

        var status = await EnsureAsync(app, "customer.test");
        Assert.Equal(AcmeCertificateState.Failing, status.State);
        Assert.Contains("nobody is there", status.Reason, StringComparison.Ordinal);

        var requests = Ca.Requests.Count;
        Assert.Equal(AcmeCertificateState.Failing, (await EnsureAsync(app, "customer.test")).State);
        Assert.Equal(requests, Ca.Requests.Count);
    }

    [Fact]
    public async Task What_fails_is_tried_once_more_when_somebody_says_so()
    {
        Ca.Probe = (_, _, _) => Task.FromResult<string?>("nobody is there");
        var app = await StartAsync();
        Assert.Equal(AcmeCertificateState.Failing, (await EnsureAsync(app, "customer.test")).State);

        Ca.Probe = (_, _, _) => Task.FromResult<string?>(null);
        var status = await app.Certificates.RetryAsync("customer.test", Token).WaitAsync(Deadline, Token);

        Assert.Equal(AcmeCertificateState.Served, status!.State);
    }

    [Fact]
    public async Task A_name_that_is_wished_already_is_the_stronger_sources()
    {
        Wished.Wish("shop", "customer.test", "other.test");
        var app = await StartAsync();

        var status = await EnsureAsync(app, "customer.test");

        Assert.Equal(("shop", AcmeCertificateState.Served, "config"), (status.Label, status.State, status.Origin));
        Assert.Single(Ca.NewOrders);
    }

    [Fact]
    public async Task A_label_that_is_taken_says_by_whom()
    {
        Wished.Wish("customer.test", "other.test");
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
        Assert.Equal("customer.test", Assert.Single(Published.Current).Label);
        Assert.False(await app.Certificates.ForgetAsync("customer.test", Token));
        Assert.Null(await app.Certificates.RenewAsync("customer.test", Token));
        Assert.Null(await app.Certificates.GetAsync("customer.test", Token));
        await app.Host.StopAsync(Token);

        Assert.Empty(await (await StartAsync()).Certificates.WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token));
    }

    [Fact]
    public async Task What_another_source_wishes_is_not_forgotten()
    {
        Wished.Wish("shop", "shop.test");
        var app = await StartAsync();

        Assert.False(await app.Certificates.ForgetAsync("shop", Token));

        Assert.Equal(AcmeCertificateState.Served, Assert.Single(await app.Certificates.WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token)).State);
    }

    [Fact]
    public async Task A_good_certificate_is_replaced_when_somebody_says_so_and_once()
    {
        var app = await StartAsync();
        await EnsureAsync(app, "customer.test");
        var before = Assert.Single(Published.Current).Id;

        var status = await app.Certificates.RenewAsync("customer.test", Token).WaitAsync(Deadline, Token);

        Assert.Equal(AcmeCertificateState.Served, status!.State);
        Assert.NotEqual(before, Assert.Single(Published.Current).Id);
        Assert.Equal(2, Ca.NewOrders.Count);
        await EnsureAsync(app, "customer.test");
        Assert.Equal(2, Ca.NewOrders.Count);
    }

    /// <summary>A large state takes its time, and the wishes are known long before: nobody else wrote any meanwhile.</summary>
    [Fact]
    public async Task At_a_start_the_wishes_are_read_once()
    {
        var (go, times) = (new TaskCompletionSource(), 0);
        Flaky.Listing = kind =>
        {
            if (kind == RecordKind.Wish) Interlocked.Increment(ref times);
            return kind == RecordKind.Schedule ? go.Task : Task.CompletedTask;
        };
        var app = await StartAsync();
        var ensuring = EnsureAsync(app, "customer.test");
        await Eventually.TrueAsync(() => Volatile.Read(ref times) > 0);
        go.SetResult();

        Assert.Equal(AcmeCertificateState.Served, (await ensuring).State);

        Assert.Equal(1, times);
    }

    /// <summary>Nobody will answer any more: a web request that waits must not hold the graceful stop for its whole time.</summary>
    [Fact]
    public async Task Whoever_waits_when_the_application_stops_is_let_go()
    {
        Ca.ValidationLooks = int.MaxValue;
        var app = await StartAsync();
        var ensuring = EnsureAsync(app, "customer.test");
        await Eventually.TrueAsync(() => Ca.NewOrders.Count == 1);
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
    public async Task A_record_that_cannot_be_used_is_a_problem_and_in_nobodys_way()
    {
        await Memory.WriteAsync(new RecordKey(RecordKind.Wish, "broken.test"), new RecordContent([new RecordPart("wish.json", "{"u8.ToArray())]), null, null, Token);
        var app = await StartAsync();

        Assert.Equal(AcmeCertificateState.Served, (await EnsureAsync(app, "customer.test")).State);

        var broken = await app.Certificates.GetAsync("the run-time wish 'broken.test'", Token);
        Assert.Equal(AcmeCertificateState.Held, broken!.State);
        Assert.Contains("wish.json is damaged", broken.Reason, StringComparison.Ordinal);
    }
}
