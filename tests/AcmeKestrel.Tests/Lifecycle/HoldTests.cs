using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A label that somebody has put on hold.</summary>
public sealed class HoldTests : RunTimeScene
{
    [Fact]
    public async Task On_hold_nothing_is_ordered_whatever_is_asked_for_until_it_is_released()
    {
        var first = await StartAsync();
        await EnsureAsync(first, "customer.test");
        var held = await first.Certificates.HoldAsync("customer.test", "moving house", Token).WaitAsync(Deadline, Token);
        Assert.Equal((AcmeCertificateState.Served, "moving house"), (held!.State, held.HoldReason));
        Assert.NotNull(held.HeldSince);
        await first.Host.StopAsync(Token);

        var second = await StartAsync();
        var renewed = await second.Certificates.RenewAsync("customer.test", Token).WaitAsync(Deadline, Token);
        Assert.Equal(AcmeCertificateState.Held, renewed!.State);
        Assert.Contains("moving house", renewed.Reason, StringComparison.Ordinal);
        Assert.Equal(AcmeCertificateState.Held, (await EnsureAsync(second, "customer.test", "shop.customer.test")).State);
        Assert.Single(Ca.NewOrders);

        var released = await second.Certificates.ReleaseAsync("customer.test", Token).WaitAsync(Deadline, Token);
        Assert.Equal((AcmeCertificateState.Served, null), (released!.State, released.HeldSince));
        Assert.Equal(2, released.Names.Count);
        Assert.Null(await second.Certificates.HoldAsync("nobody.test", null, Token));
    }

    [Fact]
    public async Task A_hold_is_kept_at_once_and_an_order_in_flight_goes_on()
    {
        Ca.ValidationLooks = int.MaxValue;
        var app = await StartAsync();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var ensuring = app.Certificates.EnsureAsync(new AcmeCertificateRequest("customer.test"), stop.Token);
        await Eventually.TrueAsync(() => Ca.NewOrders.Count == 1);

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
        Flaky.Writing = key => key.Kind == RecordKind.Schedule ? throw new StoreUnavailableException("the disk is full") : Task.CompletedTask;

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => app.Certificates.HoldAsync("customer.test", null, Token).WaitAsync(Deadline, Token));

        Assert.Contains("the disk is full", refused.Message, StringComparison.Ordinal);
    }
}
