using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Ordering.Finding;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What a look into an account's list of orders costs the CA (RFC 8555 section 7.1.2.1): an outage leaves an intent for each name, and a CA may list what was ordered years ago.</summary>
public sealed class OrderFinderTests : IAsyncDisposable
{
    private readonly AccountEdge _world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task One_look_serves_all_that_a_process_before_this_one_left()
    {
        await using var edge = await BeginAsync();
        var account = await AccountAsync(edge);
        var left = Enumerable.Range(0, 20).Select(number => Intent($"n{number}.test")).ToList();
        edge.Get<OrdersOnRecord>().Begin(left);
        foreach (var intent in left.Take(10)) await OrderAsync(account, intent);
        _world.Requests.Clear();

        var found = await Task.WhenAll(left.Select(intent => FindAsync(edge, account, intent)));

        Assert.Equal(left.Take(10).Select(intent => intent.Label), found.OfType<AcmeOrder>().Select(order => Assert.Single(order.Identifiers).Value));
        Assert.Single(_world.Requests, "orders");
        Assert.Single(_world.Requests, "account");

        // Each once for all, and once more by whoever wants it: it may have come to its end meanwhile.
        Assert.Equal(20, _world.Requests.Count(resource => resource == "order"));
    }

    /// <summary>A fault that may pass is worth one wait for all of them, and not the certificates.</summary>
    [Fact]
    public async Task Those_who_ask_at_once_share_a_look_that_fails_and_the_next_one_looks_anew()
    {
        await using var edge = await BeginAsync();
        var account = await AccountAsync(edge);
        var left = Enumerable.Range(0, 5).Select(number => Intent($"n{number}.test")).ToList();
        edge.Get<OrdersOnRecord>().Begin(left);
        foreach (var intent in left) await OrderAsync(account, intent);
        _world.Requests.Clear();

        _world.Answer = (request, next) => request.Resource == "orders" ? AccountEdge.Problem(500, "serverInternal", "not now") : next(request);
        var asked = left.Select(intent => FindAsync(edge, account, intent)).ToList();
        foreach (var one in asked) Assert.True((await Assert.ThrowsAsync<AcmeException>(() => one)).IsProviderFault);
        Assert.Single(_world.Requests, "account");
        _world.Answer = (request, next) => next(request);

        Assert.All(await Task.WhenAll(left.Select(intent => FindAsync(edge, account, intent))), Assert.NotNull);
        Assert.Equal(2, _world.Requests.Count(resource => resource == "account"));
    }

    [Theory]
    [InlineData(404, "malformed", 1)]
    [InlineData(500, "serverInternal", 2)]
    public async Task A_list_that_is_never_read_is_asked_for_no_more(int status, string type, int looks)
    {
        await using var edge = await BeginAsync();
        var account = await AccountAsync(edge);
        var left = Enumerable.Range(0, 5).Select(number => Intent($"n{number}.test")).ToList();
        edge.Get<OrdersOnRecord>().Begin(left);
        _world.Requests.Clear();
        _world.Answer = (request, next) => request.Resource == "orders" ? AccountEdge.Problem(status, type, "no list here") : next(request);

        if (status == 500) await Assert.ThrowsAsync<AcmeException>(() => FindAsync(edge, account, left[0]));
        foreach (var intent in left) Assert.Null(await FindAsync(edge, account, intent));

        Assert.Equal(looks, _world.Requests.Count(resource => resource == "account"));
    }

    /// <summary>Some CAs list orders that they have removed.</summary>
    [Fact]
    public async Task An_order_that_the_ca_lists_and_does_not_show_hides_no_other()
    {
        await using var edge = await BeginAsync();
        var account = await AccountAsync(edge);
        var left = Intent("a.test");
        var gone = new Uri((await OrderAsync(account, Intent("gone.test"))).Url).AbsolutePath;
        await OrderAsync(account, left);
        await OrderAsync(account, Intent("other.test"));
        _world.Answer = (request, next) => request.Path == gone ? AccountEdge.Problem(404, "malformed", "no such order") : next(request);

        Assert.NotNull(await FindAsync(edge, account, left));
    }

    [Fact]
    public async Task What_was_read_of_a_list_that_breaks_off_counts()
    {
        await using var edge = await BeginAsync();
        _world.Options.OrdersPerPage = 2;
        var account = await AccountAsync(edge);
        var left = Intent("a.test");
        await OrderAsync(account, left);
        for (var number = 0; number < 4; number++) await OrderAsync(account, Intent($"n{number}.test"));
        var pages = 0;
        _world.Answer = (request, next) => request.Resource == "orders" && ++pages == 2 ? AccountEdge.Problem(404, "malformed", "no such page") : next(request);

        Assert.NotNull(await FindAsync(edge, account, left));
    }

    /// <summary>Who waits for the look of another one is not stopped with it.</summary>
    [Fact]
    public async Task Whoever_looks_may_be_stopped()
    {
        await using var edge = await BeginAsync();
        var account = await AccountAsync(edge);
        var left = new[] { Intent("a.test"), Intent("b.test") };
        edge.Get<OrdersOnRecord>().Begin(left);
        foreach (var intent in left) await OrderAsync(account, intent);
        using var stop = new CancellationTokenSource();
        _world.Answer = (request, next) =>
        {
            if (request.Resource == "orders") stop.Cancel();
            return next(request);
        };

        var first = edge.Get<OrderFinder>().FindAsync(Run(edge, left[0]), Names(left[0]), account, stop.Token);
        var second = FindAsync(edge, account, left[1]);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.NotNull(await second);
    }

    /// <summary>It was made after that look.</summary>
    [Fact]
    public async Task An_order_that_this_process_may_have_made_itself_is_looked_for_anew()
    {
        await using var edge = await BeginAsync();
        var account = await AccountAsync(edge);
        var left = Intent("a.test");
        edge.Get<OrdersOnRecord>().Begin([left]);
        Assert.Null(await FindAsync(edge, account, left));
        edge.Get<OrderFinder>().MayOrder(Run(edge, left));

        await OrderAsync(account, left);

        Assert.NotNull(await FindAsync(edge, account, left));
    }

    [Fact]
    public async Task Another_session_looks_anew()
    {
        await using var edge = await BeginAsync();
        var account = await AccountAsync(edge);
        var left = Intent("a.test");
        edge.Get<OrdersOnRecord>().Begin([left]);
        Assert.Null(await FindAsync(edge, account, left));

        await OrderAsync(account, left);
        await edge.Get<AcmeKestrel.Lifecycle.State.StateLease>().ReleaseAsync();
        await edge.PassTimeAsync(_world.Time.GetUtcNow());
        edge.Get<OrdersOnRecord>().Begin([left]);

        Assert.NotNull(await FindAsync(edge, account, left));
    }

    [Fact]
    public async Task An_order_that_ended_since_the_look_is_not_found()
    {
        await using var edge = await BeginAsync();
        var account = await AccountAsync(edge);
        var left = new[] { Intent("a.test"), Intent("b.test") };
        edge.Get<OrdersOnRecord>().Begin(left);
        foreach (var intent in left) await OrderAsync(account, intent);
        Assert.NotNull(await FindAsync(edge, account, left[0]));

        _world.Time.Advance(TimeSpan.FromDays(30));

        Assert.Null(await FindAsync(edge, account, left[1]));
    }

    [Fact]
    public async Task Orders_whose_certificates_stand_in_the_state_are_not_asked_for()
    {
        var names = Enumerable.Range(0, 60).Select(number => Wishes.Of($"n{number}.test")).ToArray();
        await using var edge = await BeginAsync(names);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.All(names, wish => Assert.Equal(AcmeCertificateState.Served, edge.Status(wish.Label).State));
        _world.Requests.Clear();

        Assert.Null(await FindAsync(edge, await AccountAsync(edge), Intent("new.test")));

        Assert.Single(_world.Requests, "orders");
        Assert.DoesNotContain("order", _world.Requests);
    }

    [Theory]
    [InlineData(90)]
    [InlineData(2500)]
    public async Task Of_a_long_list_fifty_orders_are_looked_at_and_the_newest_are_among_them(int orders)
    {
        await using var edge = await BeginAsync();
        var account = await AccountAsync(edge);
        for (var number = 0; number < orders; number++) await OrderAsync(account, Intent($"n{number}.test"));
        var left = Intent("new.test");
        await OrderAsync(account, left);
        _world.Requests.Clear();

        Assert.NotNull(await FindAsync(edge, account, left));

        // The fifty, and the one that was found.
        Assert.Equal(51, _world.Requests.Count(resource => resource == "order"));
    }

    private async Task<Edge> BeginAsync(params Wish[] wishes)
    {
        _world.Options.OrderLifetime = TimeSpan.FromDays(7);
        await _world.SeedAsync();
        return await _world.StartAsync(wishes);
    }

    private Task<AcmeAccount> AccountAsync(Edge edge) => edge.AccountAsync(_world.Settings.Provider, AccountEdge.Email);

    private PendingOrder Intent(string name) => new(
        $"id-{name}", name, "print", "test", _world.Ca.DirectoryUrl, AccountEdge.Email, [name], AcmeKeyType.P256, null, [], false, _world.Time.GetUtcNow(), new OrderProgress.Intent());

    private static OrderRun Run(Edge edge, PendingOrder intent) => new(edge.Session, intent, [], resumed: true);

    private static Task<AcmeOrder> OrderAsync(AcmeAccount account, PendingOrder intent) => account.OrderAsync(new AcmeOrderRequest(Names(intent)), Token);

    private static Task<AcmeOrder?> FindAsync(Edge edge, AcmeAccount account, PendingOrder intent) => edge.Get<OrderFinder>().FindAsync(Run(edge, intent), Names(intent), account, Token);

    private static List<AcmeIdentifier> Names(PendingOrder intent) => [.. intent.Identifiers.Select(AcmeIdentifier.Parse)];
}
