using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Planning.Renewals;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A process without the state serves what the one that has it commits.</summary>
public sealed class StandbyTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    public StandbyTests() => (_store, _ca) = (new MemoryStore(_time), new TestCa(_time));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task New_and_renewed_certificates_are_served_here_too()
    {
        await using var first = await StartAsync(_store);
        await using var second = await StartAsync(_store);
        await first.SettleAsync("shop.test");
        await FollowAsync(second);
        Assert.Equal(first.Published.Current["shop.test"].Id, second.Published.Current["shop.test"].Id);

        await first.RunAsync(TimeSpan.FromDays(65));
        Assert.NotEqual(first.Published.Current["shop.test"].Id, second.Published.Current["shop.test"].Id);
        await FollowAsync(second);
        await second.RunAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(first.Published.Current["shop.test"].Id, second.Published.Current["shop.test"].Id);
        Assert.Equal(AcmeCertificateState.Served, second.Status("shop.test").State);
    }

    /// <summary>Names on demand come and go, and a process may follow for months.</summary>
    [Fact]
    public async Task What_is_wished_no_more_and_removed_is_known_no_more()
    {
        await using var first = await StartAsync(_store);
        await using var second = await StartAsync(_store);
        await first.SettleAsync("shop.test");
        await FollowAsync(second);
        second.Drop("shop.test");
        await RemoveAllAsync();
        _time.Advance(TimeSpan.FromDays(100));
        await FollowAsync(second);
        await second.RunAsync(TimeSpan.FromSeconds(1));

        await FollowAsync(second);

        Assert.Empty(second.Get<Labels>().All);
    }

    /// <summary>Nobody else has it looked at again: without the state its next look is minutes away, or months.</summary>
    [Fact]
    public async Task What_is_followed_is_told_at_once()
    {
        await using var first = await StartAsync(_store);
        await using var second = await StartAsync(_store);
        await second.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(AcmeCertificateState.Held, second.Status("shop.test").State);

        await first.SettleAsync("shop.test");
        await FollowAsync(second);
        await second.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(AcmeCertificateState.Served, second.Status("shop.test").State);

        await RemoveAllAsync();
        _time.Advance(TimeSpan.FromDays(100));
        Assert.True(await first.Get<StateLease>().KeepAsync(Token));
        await FollowAsync(second);
        await second.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal((AcmeCertificateState.Held, null), (second.Status("shop.test").State, second.Status("shop.test").NotAfter));
    }

    /// <summary>It was looked at when its renewal was due, and without the state there is no next look.</summary>
    [Fact]
    public async Task What_was_removed_is_told_at_once()
    {
        await using (var first = await StartAsync(_store))
        {
            await first.SettleAsync("shop.test");
            await first.Get<StateLease>().ReleaseAsync();
        }

        await using var second = await StartAsync(new FlakyStore(_store) { Leasing = () => throw new StoreUnavailableException("Another one has it.") });
        _time.Advance(TimeSpan.FromDays(100));
        await second.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Null(second.Get<Dispatcher>().NextDue);
        Assert.NotNull(second.Status("shop.test").NotAfter);

        await RemoveAllAsync();
        await FollowAsync(second);
        await second.RunAsync(TimeSpan.FromSeconds(1));

        Assert.Equal((AcmeCertificateState.Held, null), (second.Status("shop.test").State, second.Status("shop.test").NotAfter));
    }

    /// <summary>The one that has the state asks the CA after the commit, which is followed at once.</summary>
    [Fact]
    public async Task What_the_CA_says_of_a_renewal_after_the_commit_counts_here_too()
    {
        await using var first = await StartAsync(_store);
        await first.SettleAsync("shop.test");
        await using var second = await StartAsync(new FlakyStore(_store) { Leasing = () => throw new StoreUnavailableException("Another one has it.") });
        await second.RunAsync(TimeSpan.FromSeconds(1));
        var (served, now) = (first.Entry("shop.test").Certificate!, _time.GetUtcNow());
        var hint = new RenewalHint(served.Generation, now.AddDays(1)) { Window = new RenewalWindow(now.AddDays(70), now.AddDays(74), now.AddDays(72), null) };
        await ScheduleRecord.SaveAsync(first.Session, "shop.test", first.Entry("shop.test").Schedule with { Renewal = hint }, Token);

        await second.RunAsync(TimeSpan.FromDays(66));

        Assert.Equal(CertificateStanding.Good, Assert.Single(second.Get<CertificateOutlooks>().Now()).Standing);
        Assert.Equal((AcmeCertificateState.Served, hint.Window.Pick), (second.Status("shop.test").State, second.Status("shop.test").NextAttempt));
        await second.RunAsync(TimeSpan.FromDays(10));
        Assert.Equal(CertificateStanding.Overdue, Assert.Single(second.Get<CertificateOutlooks>().Now()).Standing);
    }

    [Fact]
    public async Task A_damaged_one_is_looked_at_once()
    {
        await using var first = await StartAsync(_store);
        await first.SettleAsync("shop.test");
        await foreach (var record in _store.ListAsync(RecordKind.Certificate, null, Token)) await _store.WriteAsync(record.Key, new RecordContent([new RecordPart("damaged", new byte[1])]), null, null, Token);
        var counted = new CountingStore(_store);
        await using var second = await StartAsync(counted);
        await FollowAsync(second);
        var reads = counted.Reads;

        await FollowAsync(second);

        Assert.Equal(reads, counted.Reads);
    }

    /// <summary>Whoever is at work on a label has its entry for himself.</summary>
    [Fact]
    public async Task Nothing_is_followed_under_a_label_that_is_at_work()
    {
        await using var first = await StartAsync(_store);
        await using var second = await StartAsync(_store);
        await first.SettleAsync("shop.test");
        var atWork = new TaskCompletionSource<DateTimeOffset?>();
        var work = second.Get<Dispatcher>().RunNextAsync((_, _) => atWork.Task, Token);

        var following = FollowAsync(second);
        Assert.Empty(second.Published.Current);
        atWork.SetResult(null);
        await work;
        await following;

        Assert.Equal(["shop.test"], second.Published.Current.Keys);
    }

    [Fact]
    public async Task A_store_that_cannot_be_followed_is_told_once()
    {
        var (log, flaky) = (new ToldEvents(), new FlakyStore(_store));
        await using var first = await StartAsync(_store);
        await using var second = await Edge.StartAsync(_time, _ca, _settings, flaky, [Wishes.Of("shop.test")], log: log);
        flaky.Listing = _ => throw new StoreUnavailableException("The engine is not up.");
        await FollowAsync(second);
        await FollowAsync(second);
        Assert.Equal(1, log.Count(645));

        flaky.Listing = _ => Task.CompletedTask;
        await FollowAsync(second);
        flaky.Listing = _ => throw new StoreUnavailableException("The engine is not up.");
        await FollowAsync(second);
        Assert.Equal(2, log.Count(645));
    }

    /// <summary>It had begun an order when it lost the state, and the other one brought that to its end.</summary>
    [Fact]
    public async Task An_order_that_another_one_ended_is_no_longer_this_ones()
    {
        _ca.ValidationLooks = 1000;
        await using var first = await StartAsync(_store);
        await first.RunAsync(TimeSpan.FromSeconds(3));
        Assert.NotNull(first.Entry("shop.test").Run);
        await first.Get<StateLease>().ReleaseAsync();
        _ca.ValidationLooks = 0;
        await using var second = await StartAsync(_store);
        await second.SettleAsync("shop.test");

        await FollowAsync(first);

        Assert.Null(first.Entry("shop.test").Run);
        Assert.NotNull(first.Entry("shop.test").Certificate);
    }

    [Fact]
    public async Task What_is_known_is_not_read_again()
    {
        await using var first = await StartAsync(_store);
        await first.SettleAsync("shop.test");
        var counted = new CountingStore(_store);
        await using var second = await StartAsync(counted);
        await FollowAsync(second);
        var reads = counted.Reads;

        await FollowAsync(second);

        Assert.Equal(reads, counted.Reads);
    }

    [Fact]
    public async Task What_could_not_be_read_at_the_start_is_read_when_it_can_be()
    {
        await using var first = await StartAsync(_store);
        await first.SettleAsync("shop.test");
        var flaky = new FlakyStore(_store) { Listing = _ => throw new StoreUnavailableException("The engine is not up.") };
        await using var second = await StartAsync(flaky);
        await FollowAsync(second);
        Assert.Empty(second.Published.Current);

        flaky.Listing = _ => Task.CompletedTask;
        await FollowAsync(second);

        Assert.Equal(["shop.test"], second.Published.Current.Keys);
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(100, false)]
    public async Task What_was_removed_is_served_on_as_long_as_it_is_good(int days, bool isServed)
    {
        await using var first = await StartAsync(_store);
        await first.SettleAsync("shop.test");
        await using var second = await StartAsync(_store);
        await RemoveAllAsync();
        _time.Advance(TimeSpan.FromDays(days));

        await FollowAsync(second);

        Assert.Equal(isServed, second.Published.Current.ContainsKey("shop.test"));
    }

    /// <summary>It has had the state since it followed last. What is written anew, as with another key for secrets, is told as anything else.</summary>
    [Fact]
    public async Task What_is_told_of_an_older_one_does_not_take_the_place_of_the_newest()
    {
        await using var first = await StartAsync(_store);
        await using var second = await StartAsync(_store);
        await first.SettleAsync("shop.test");
        await FollowAsync(second);
        await first.DisposeAsync();
        await second.RunAsync(TimeSpan.FromDays(65));
        var before = second.Entry("shop.test").Certificate!.Generation;
        await second.RunAsync(TimeSpan.FromDays(65));
        var newest = second.Entry("shop.test").Certificate!.Generation;
        Assert.NotEqual(before, newest);
        await second.Get<StateLease>().ReleaseAsync();
        await using var third = await StartAsync(_store);

        await second.Get<Standby>().LookAsync([GenerationRecord.Key("shop.test", before)], Token);

        Assert.Equal((newest, newest), (second.Entry("shop.test").Certificate!.Generation, second.Published.Current["shop.test"].Id));
    }

    private async Task RemoveAllAsync()
    {
        await foreach (var record in _store.ListAsync(RecordKind.Certificate, null, Token)) await _store.DeleteAsync(record.Key, record.Version, null, Token);
    }

    private static Task FollowAsync(Edge edge) => edge.Get<Standby>().LookAsync(Token);

    private Task<Edge> StartAsync(IAcmeStore store) => Edge.StartAsync(_time, _ca, _settings, store, [Wishes.Of("shop.test")]);
}
