using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>How long a server waits for the state before it listens, and whether a name may be stored meanwhile.</summary>
public sealed class StartWaitTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryStore _store;
    private readonly FlakyStore _flaky;
    private readonly TestCa _ca;

    public StartWaitTests()
    {
        _store = new MemoryStore(_time);
        _flaky = new FlakyStore(_store);
        _ca = new TestCa(_time);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A server that waits for a slow state answers nobody meanwhile.</summary>
    [Fact]
    public async Task A_start_waits_1750_ms_for_the_state_and_the_reading_goes_on()
    {
        await using var edge = await StartAsync();
        var read = new TaskCompletionSource();
        _flaky.Listing = _ => read.Task;
        var starting = edge.Get<StateTakeover>().BeginAsync(Token, Token);
        _time.Advance(TimeSpan.FromMilliseconds(1749));
        Assert.False(starting.IsCompleted);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        var reading = await starting.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.False(reading.IsCompleted);

        read.SetResult();
        await reading;
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
    }

    /// <summary>Without an index they are read for most of a minute; whoever comes meanwhile is served by their own record, and the names are known.</summary>
    [Theory]
    [InlineData(1000, false)]
    [InlineData(1001, true)]
    public async Task Where_more_than_a_thousand_certificates_are_to_be_read_the_server_does_not_wait(int count, bool opens)
    {
        var read = new TaskCompletionSource();
        var store = new OpeningStore(_store, [.. Enumerable.Range(0, count).Select(i => $"n{i}.test@20261101T000000Z-00000000")], read.Task);
        await using var edge = await Edge.StartAsync(_time, _ca, new TestSettings(), _store, []);
        var loader = new LabelLoader(store, NullLogger<LabelLoader>.Instance);
        var search = new CertificateSearch(loader, edge.Published);

        var starting = Takeover(edge, search, loader).BeginAsync(Token, Token);
        Assert.True(await search.MayHaveAsync("n999.test", Token));
        Assert.False(await search.MayHaveAsync("stranger.test", Token));

        Assert.Equal((opens, true, 0), (starting.IsCompleted, search.IsListing, store.NameLists));
        read.SetResult();
        await await starting;
        Assert.False(search.IsListing);
    }

    [Fact]
    public async Task A_state_that_cannot_be_read_is_waited_for_by_no_visitor()
    {
        await using var edge = await StartAsync();
        _flaky.Listing = _ => throw new StoreUnavailableException("The disk is gone.");
        var search = new CertificateSearch(edge.Get<LabelLoader>(), edge.Published);

        await await Takeover(edge, search).BeginAsync(Token, Token);

        Assert.Equal((true, false), (search.IsAsked, search.IsListing));
    }

    /// <summary>Without an error nobody would ever know.</summary>
    [Fact]
    public async Task A_list_that_hangs_keeps_names_from_a_stand_in_for_a_minute()
    {
        await using var edge = await StartAsync();
        var read = new TaskCompletionSource();
        _flaky.Listing = _ => read.Task;
        var search = new CertificateSearch(edge.Get<LabelLoader>(), edge.Published);
        var loading = Takeover(edge, search).LoadAsync(Token);

        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.True(search.IsListing);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(search.IsListing);

        read.SetResult();
        await loading;
    }

    /// <summary>An engine of the application's own need not tell them before the rest.</summary>
    [Fact]
    public async Task A_store_that_tells_no_names_first_is_asked_for_them_by_the_first_visitor()
    {
        await using var edge = await StartAsync();
        await edge.SettleAsync("shop.test");
        var (lists, rest) = (0, new TaskCompletionSource());
        _flaky.Listing = kind => kind == RecordKind.Certificate && Interlocked.Increment(ref lists) == 1 ? rest.Task : Task.CompletedTask;
        var search = new CertificateSearch(edge.Get<LabelLoader>(), edge.Published);
        var starting = Takeover(edge, search).BeginAsync(Token, Token);
        _time.Advance(TimeSpan.FromMilliseconds(1750));
        var reading = await starting.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal(1, lists);

        Assert.True(await search.MayHaveAsync("shop.test", Token));
        Assert.False(await search.MayHaveAsync("stranger.test", Token));

        Assert.Equal((2, false), (lists, reading.IsCompleted));
        rest.SetResult();
        await reading.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    /// <summary>What is known of the rest says nothing of who is served: strangers in that moment cost no list of all names.</summary>
    [Fact]
    public async Task Once_all_certificates_are_served_no_name_is_looked_for()
    {
        await using var edge = await StartAsync();
        await edge.SettleAsync("shop.test");
        var (lists, rest) = (0, new TaskCompletionSource());
        _flaky.Listing = kind =>
        {
            if (kind != RecordKind.Certificate) return rest.Task;

            Interlocked.Increment(ref lists);
            return Task.CompletedTask;
        };
        var search = new CertificateSearch(edge.Get<LabelLoader>(), edge.Published);
        var reading = await Takeover(edge, search).BeginAsync(Token, Token);

        Assert.False(await search.MayHaveAsync("stranger.test", Token));

        Assert.Equal((1, true, false), (lists, search.IsAsked, reading.IsCompleted));
        rest.SetResult();
        await reading;
        Assert.False(search.IsAsked);
    }

    private StateTakeover Takeover(Edge edge, CertificateSearch search, LabelLoader? loader = null) =>
        new(edge.Get<StateLease>(), loader ?? edge.Get<LabelLoader>(), search, edge.Get<Labels>(), edge.Get<SessionStart>(), edge.Published, edge.Get<Dispatcher>(), _time);

    private Task<Edge> StartAsync() => Edge.StartAsync(_time, _ca, new TestSettings(), _flaky, [Wishes.Of("shop.test")]);
}
