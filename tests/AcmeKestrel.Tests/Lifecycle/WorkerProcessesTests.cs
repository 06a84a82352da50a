using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>One process after another with the same state, and beside it.</summary>
public sealed class WorkerProcessesTests : WorkerScene
{
    [Fact]
    public async Task A_pass_that_is_asked_of_another_process_is_made_by_the_one_that_has_the_state()
    {
        var first = await StartAsync();
        await SettleAsync(first);
        var second = await StartAsync();
        Source.Wishes = [Wishes.Of("new.test")];

        var result = await Certificates(second).ReconcileAsync(Token).WaitAsync(Deadline, Token);

        Assert.Equal(["new.test"], result.Issued);
        Assert.Equal(("new.test", AcmeCertificateState.Served), Brief(Assert.Single(Certificates(first).List())));
    }

    [Fact]
    public async Task Stopped_in_the_middle_of_an_order_it_goes_on_with_it_after_the_start()
    {
        Ca.ValidationLooks = 1000;
        Source.Wishes = [Wishes.Of("shop.test")];
        var told = Signal();
        Ca.Instead = (kind, _) =>
        {
            if (kind == "challenge") told.TrySetResult();
            return null;
        };
        var first = await StartAsync();
        await told.Task.WaitAsync(Deadline, Token);
        await first.StopAsync(Token);

        Ca.ValidationLooks = 0;
        var second = await StartAsync();
        await SettleAsync(second);

        Assert.Single(Ca.NewOrders);
        Assert.Single(Published.Current);
    }

    [Fact]
    public async Task Stopped_it_gives_no_answer_any_more()
    {
        Ca.ValidationLooks = 1000;
        Source.Wishes = [Wishes.Of("shop.test", challenges: [ChallengeTypes.TlsAlpn01])];
        var probed = Signal();
        Ca.Probe = (_, _, _) =>
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
        Source.Change([Wishes.Of("shop.test")]);
        await Published.ShowAsync("shop.test").WaitAsync(Deadline, Token);
        Assert.Equal(AcmeCertificateState.Served, Assert.Single(await SettleAsync(first)).State);
        await first.StopAsync(Token);
        Published.Clear();

        await time.PassUntilAsync(Published.ShowAsync("shop.test").WaitAsync(Deadline, Token), Token);

        // One that only follows shows it, too.
        await time.PassUntilAsync(IsOursAsync(), Token);
        var pass = await Certificates(second).ReconcileAsync(Token).WaitAsync(Deadline, Token);
        Assert.Null(pass.Error);
        Assert.Empty(pass.Issued);
        Assert.Equal(AcmeCertificateState.Served, Assert.Single(await SettleAsync(second)).State);
        Assert.Single(Ca.NewOrders);
        Assert.Single(Published.Current);

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
        Source.Change([Wishes.Of("shop.test")]);
        await Published.ShowAsync("shop.test").WaitAsync(Deadline, Token);
        await SettleAsync(first);

        await time.PassUntilAsync(shownByStandby.ShowAsync("shop.test").WaitAsync(Deadline, Token), Token);
    }
}
