using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>How a visitor's name comes to the process that has the state.</summary>
public sealed class OnDemandDeskTests : OnDemandEdge
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Names under way are few, and one that nobody takes up must not be among them for half a minute.</summary>
    [Fact]
    public async Task A_request_that_nobody_takes_up_is_waited_for_as_long_as_a_visitor_waits_and_goes_on()
    {
        var elsewhere = new SlowElsewhere();
        await using var first = await StartAsync();
        await using var second = await StartAsync(elsewhere);
        var desk = second.Get<OnDemandDesk>();
        await VisitAndLeaveAsync(desk, elsewhere);
        using var more = new CancellationTokenSource();
        var again = desk.BringAsync(new CertificateQuestion(Name, KeyFamily.All, null, "one"), more.Token);
        elsewhere.Answer.SetResult();
        await Eventually.TrueAsync(() => desk.Knows(Name));
        await more.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => again.WaitAsync(Deadline, Token));

        Assert.Equal((1, 1), (elsewhere.Times, Asked.Count));
    }

    [Fact]
    public async Task A_request_that_comes_to_nothing_when_nobody_waits_any_more_is_not_made_again_at_once()
    {
        var elsewhere = new SlowElsewhere();
        await using var first = await StartAsync();
        await using var second = await StartAsync(elsewhere);
        var desk = second.Get<OnDemandDesk>();
        await VisitAndLeaveAsync(desk, elsewhere);

        elsewhere.Answer.SetException(new StoreUnavailableException("nobody took it up"));

        await Eventually.TrueAsync(() => !desk.MayAsk(Name, "one"));
    }

    /// <summary>Its CA does not get through: each visitor would wait as long as a visitor waits.</summary>
    [Fact]
    public async Task A_name_that_was_waited_for_in_vain_at_one_that_follows_is_not_waited_for_for_a_minute()
    {
        await using var first = await StartAsync();
        first.Reach = (_, _) => "nobody is there";
        Assert.Null(await first.Get<OnDemandRegister>().WishAsync(Name, Token));
        await using var second = await StartAsync(new SlowElsewhere());
        var desk = second.Get<OnDemandDesk>();
        await Eventually.TrueAsync(() => desk.Knows(Name));
        using var patience = new CancellationTokenSource();
        var waiting = desk.BringAsync(new CertificateQuestion(Name, KeyFamily.All, null, "one"), patience.Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Deadline, Token));

        Assert.False(await desk.BringAsync(new CertificateQuestion(Name, KeyFamily.All, null, "two"), Token).WaitAsync(Deadline, Token));

        Time.Advance(TimeSpan.FromMinutes(1));
        using var more = new CancellationTokenSource();
        var again = desk.BringAsync(new CertificateQuestion(Name, KeyFamily.All, null, "two"), more.Token);
        Assert.False(again.IsCompleted);
        await more.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => again.WaitAsync(Deadline, Token));
    }

    /// <summary>Whose request is made by then, and not taken up.</summary>
    private static async Task VisitAndLeaveAsync(OnDemandDesk desk, SlowElsewhere elsewhere)
    {
        using var patience = new CancellationTokenSource();
        var coming = desk.BringAsync(new CertificateQuestion(Name, KeyFamily.All, null, "one"), patience.Token);
        await elsewhere.Asked.Task.WaitAsync(Deadline, Token);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => coming.WaitAsync(Deadline, Token));
    }

    private sealed class SlowElsewhere : IOnDemandElsewhere
    {
        private int _times;

        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Times => _times;

        public Task WishAsync(string name, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _times);
            Asked.TrySetResult();
            return Answer.Task;
        }

        public Task TellVisitsAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
