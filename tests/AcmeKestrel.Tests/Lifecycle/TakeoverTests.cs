using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A state becomes this process' whole or not at all.</summary>
public sealed class TakeoverTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryStore _store;
    private readonly FlakyStore _flaky;
    private readonly TestCa _ca;

    public TakeoverTests()
    {
        _store = new MemoryStore(_time);
        _flaky = new FlakyStore(_store);
        _ca = new TestCa(_time);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An exception that no store of ours throws: an engine's own.</summary>
    [Fact]
    public async Task Whatever_is_thrown_while_it_is_read_gives_the_lease_back_and_is_tried_again()
    {
        _flaky.Listing = _ => throw new TimeoutException("The engine does not answer.");
        await using var edge = await StartAsync();
        await edge.SettleAsync("shop.test");

        Assert.Equal((AcmeCertificateState.Held, 0), (edge.Status("shop.test").State, _ca.Requests.Count));
        Assert.Contains("The engine does not answer.", edge.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.NotNull(await _store.TryLeaseAsync("state", "another process", TimeSpan.FromSeconds(1), Token));
        _time.Advance(TimeSpan.FromSeconds(2));

        _flaky.Listing = _ => Task.CompletedTask;
        Assert.True(await edge.Get<StateLease>().TryTakeAsync(Token));
        await edge.Get<StateTakeover>().LoadAsync(Token);
        edge.Wake(["shop.test"]);
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
    }

    [Fact]
    public async Task A_load_that_takes_longer_than_a_lease_keeps_it()
    {
        var read = new TaskCompletionSource();
        _flaky.Listing = _ => read.Task;
        var starting = StartAsync();

        // On a thread of its own, where what waits for the clock goes on inside the step that lets it.
        await Task.Run(
            () =>
            {
                for (var second = 0; second < 1000; second++) _time.Advance(TimeSpan.FromSeconds(1));
            },
            Token);

        Assert.Null(await _store.TryLeaseAsync("state", "another process", TimeSpan.FromMinutes(5), Token));
        read.SetResult();
        await using var edge = await starting;
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
    }

    [Theory]
    [InlineData(RecordKind.Schedule)]
    [InlineData(RecordKind.Order)]
    public async Task What_ails_the_rest_of_the_state_keeps_no_certificate_from_being_served(RecordKind kind)
    {
        await using (var first = await StartAsync())
        {
            await first.SettleAsync("shop.test");
            await first.Get<StateLease>().ReleaseAsync();
        }

        _flaky.Listing = listed => listed == kind ? throw new StoreUnavailableException("Permission denied.") : Task.CompletedTask;

        await using var second = await StartAsync();

        Assert.True(second.Published.Current.ContainsKey("shop.test"));
    }

    /// <summary>Its mark stays until all of it was read: a fault between would make it look like a label without an order.</summary>
    [Fact]
    public async Task A_damaged_order_is_not_overwritten_although_looking_at_it_again_fails()
    {
        await _store.WriteAsync(
            new RecordKey(RecordKind.Order, "shop.test"), new RecordContent([new RecordPart("order.json", "damaged"u8.ToArray()), new RecordPart("privkey", "the key"u8.ToArray())]), null, null, Token);
        await using var edge = await StartAsync();
        Assert.Equal(AcmeCertificateState.Held, (await edge.SettleAsync("shop.test")).State);

        _flaky.Reading = _ => throw new StoreUnavailableException("The disk is gone for a moment.");
        edge.Wake(["shop.test"]);
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        _flaky.Reading = _ => { };
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal((AcmeCertificateState.Held, 0), (edge.Status("shop.test").State, _ca.Requests.Count));
        Assert.Equal("the key"u8.ToArray(), (await _store.ReadAsync(new RecordKey(RecordKind.Order, "shop.test"), Token))!.Content.Find("privkey")!.Value.ToArray());
    }

    private Task<Edge> StartAsync() => Edge.StartAsync(_time, _ca, new TestSettings(), _flaky, [Wishes.Of("shop.test")]);
}
