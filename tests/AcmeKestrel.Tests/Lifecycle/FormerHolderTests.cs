using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A machine that had the right to order and has it no more, and to which the CA's probe still comes.</summary>
public sealed class FormerHolderTests : IAsyncDisposable
{
    private static readonly Asker Ca = new(null, AsksForOurs: true);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly TestSettings _settings = new();
    private readonly EngineStore _store;
    private readonly FlakyStore _first;
    private readonly TestCa _ca;
    private Task _holding = Task.CompletedTask;

    public FormerHolderTests()
    {
        (_store, _ca) = (new EngineStore(new MemoryStore(_time)), new TestCa(_time));
        _first = new FlakyStore(_store);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _holding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <summary>The first order's answer is gone with the right to order, which nobody told: the next order is the other machine's.</summary>
    [Fact]
    public async Task It_answers_a_probe_as_the_one_that_orders_now()
    {
        await using var first = await StartAsync(_first);
        var token = await BeingValidatedAsync(first);
        await LoseAsync(first);

        await using var second = await StartAsync(_store);
        Assert.NotNull(second.Get<StateLease>().Session);
        var probes = new List<string>();
        _ca.Probe = async (_, identifier, asked) =>
        {
            probes.Add(asked);
            return (await first.Live.FindTlsAlpn01Async(identifier, Ca, _stop.Token))?.Token == asked ? null : "another answer";
        };
        Assert.Equal(AcmeCertificateState.Served, (await second.SettleAsync("shop.test")).State);
        await second.RunAsync(TimeSpan.FromDays(65));

        Assert.Equal(2, _ca.Certificates.Count);
        Assert.Empty(_ca.FailedValidations);
        Assert.NotEqual(token, Assert.Single(probes));
    }

    /// <summary>The CA was told before the engine went, and comes while nobody can ask it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_the_engine_is_away_it_shows_what_it_has(bool isSilent)
    {
        await using var first = await StartAsync(_first);
        var token = await BeingValidatedAsync(first);
        await LoseAsync(first);
        _first.Reading = _ => isSilent ? Task.Delay(Timeout.InfiniteTimeSpan, _time, _stop.Token) : throw new StoreUnavailableException("away");

        var (found, since) = (first.Live.FindTlsAlpn01Async("shop.test", Ca, _stop.Token).AsTask(), _time.GetUtcNow());
        await Eventually.TrueAsync(() =>
        {
            if (found.IsCompleted) return true;
            _time.Advance(TimeSpan.FromMilliseconds(100));
            return false;
        });

        Assert.Equal(token, (await found)?.Token);
        Assert.InRange(_time.GetUtcNow() - since, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    /// <summary>With a lease that lasts from one step of the clock to the next.</summary>
    private Task<Edge> StartAsync(IAcmeStore store) => Edge.StartAsync(
        _time, _ca, _settings, store, [Wishes.Of("shop.test", challenges: [ChallengeTypes.TlsAlpn01])], also: services => services.AddSingleton(LeaseTimes.OfMachine));

    private async Task<string> BeingValidatedAsync(Edge edge)
    {
        _ca.ValidationLooks = 20;
        await edge.RunAsync(TimeSpan.FromSeconds(3));
        return Assert.Single(Assert.IsType<OrderProgress.Answering>(edge.Entry("shop.test").Run?.Order.Progress).Challenges).Token;
    }

    /// <summary>As the worker does; it is not got again.</summary>
    private async Task LoseAsync(Edge edge)
    {
        _first.Leasing = () => throw new StoreUnavailableException("not now");
        _holding = edge.Get<StateHolder>().HoldAsync(Task.CompletedTask, _stop.Token);
        await edge.Get<StateLease>().GiveBackAsync("the lease of the state was lost");
        await Eventually.TrueAsync(() => edge.Get<StateLease>().Problem == "not now");
    }
}
