using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.Zones;

/// <summary>A CA gives a challenge that is still pending to the next order as well: what is still to be removed of the one before is what this one needs.</summary>
public sealed class DnsSameChallengeTests : DnsDeskScene
{
    private const string Place = "_acme-challenge.shop.test";

    [Fact]
    public async Task What_the_next_order_has_written_is_not_removed_when_an_earlier_removal_is_tried_again()
    {
        var tries = 0;
        Zone.Removing = _ => ++tries == 1 ? throw new DnsProviderException("not now") : Task.CompletedTask;
        await WriteAsync("shop.test", Challenge);
        Debts.Owe(Challenge);
        await Eventually.TrueAsync(() => Debts.List().Owed.Any(debt => debt.Tries == 1));

        await WriteAsync("shop.test", Challenge);
        Time.Advance(TimeSpan.FromHours(1));
        await RemoveAnotherAsync();

        Assert.Equal([Place], Zone.Names);
        Assert.True(await IsOnRecordAsync());
        Debts.Owe(Challenge);
        await GoneAsync();
    }

    [Fact]
    public async Task It_is_written_when_a_removal_that_is_under_way_has_ended()
    {
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        Zone.Removing = _ =>
        {
            begun.TrySetResult();
            return go.Task;
        };
        await WriteAsync("shop.test", Challenge);
        Debts.Owe(Challenge);
        await begun.Task.WaitAsync(Token);

        var writing = WriteAsync("shop.test", Challenge);
        await WriteAsync("another.test", "another");
        Assert.False(writing.IsCompleted);
        go.SetResult();

        Assert.Empty((await writing).Faults);
        Assert.Contains(Place, Zone.Names);
        Assert.True(await IsOnRecordAsync());
        Debts.Owe(Challenge);
        await GoneAsync();
    }

    /// <summary>A removal that nobody waits for any more is at work all the same.</summary>
    [Fact]
    public async Task It_is_written_when_a_removal_has_ended_that_did_not_heed_its_deadline()
    {
        var (go, end, first, busy) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource<string>(), 0);
        await RemoveTooLateAsync(go.Task);
        Zone.Adding = record =>
        {
            if (record.Domain is "another.test" or "shop.test")
            {
                first.TrySetResult(record.Domain);
                return Task.CompletedTask;
            }

            Interlocked.Increment(ref busy);
            return end.Task;
        };

        // One turn is left, and the first name has it that waits for no removal.
        var others = Enumerable.Range(0, 7).Select(number => WriteAsync($"n{number}.test", $"n{number}")).ToList();
        await Eventually.TrueAsync(() => Volatile.Read(ref busy) == 7);
        var writing = WriteAsync(Proof("shop.test", Challenge), Proof("another.test", "another"));
        Assert.Equal("another.test", await first.Task.WaitAsync(Token));
        Assert.False(writing.IsCompleted);
        go.SetResult();

        Assert.Empty((await writing).Faults);
        Assert.Equal($"add {Place}", Zone.Done.Last());
        Assert.Contains(Place, Zone.Names);
        end.SetResult();
        await Task.WhenAll(others);
    }

    [Fact]
    public async Task One_that_never_ends_is_not_waited_for_for_ever()
    {
        await RemoveTooLateAsync(new TaskCompletionSource().Task);

        var writing = WriteAsync("shop.test", Challenge);
        await AdvanceUntilAsync(() => writing.IsCompleted);

        Assert.Empty((await writing).Faults);
        Assert.True(Time.GetUtcNow() >= Begun + (2 * DnsDesk.LongestCall));
    }

    /// <summary>He writes what the next order needs, and is waited for no more.</summary>
    [Fact]
    public async Task What_somebody_writes_too_late_for_an_earlier_order_is_the_next_ones()
    {
        var (begun, go, first) = (new TaskCompletionSource(), new TaskCompletionSource(), true);
        Zone.Adding = _ =>
        {
            if (!first) return Task.CompletedTask;
            first = false;
            begun.TrySetResult();
            return go.Task;
        };
        var late = WriteAsync("shop.test", Challenge);
        await begun.Task.WaitAsync(Token);
        Time.Advance(DnsDesk.LongestCall);
        await late;
        Debts.Owe(Challenge);
        await Eventually.TrueAsync(() => Zone.Done.Contains($"remove {Place}") && Debts.List().Owed.All(debt => debt.IsHeld));

        await WriteAsync("shop.test", Challenge);
        go.SetResult();
        await Eventually.TrueAsync(() => Desk.FindLateWriter(Challenge) is null);
        await RemoveAnotherAsync();

        Assert.Equal([Place], Zone.Names);
        Assert.True(await IsOnRecordAsync());
        Debts.Owe(Challenge);
        await GoneAsync();
    }

    /// <summary>Another process had the state meanwhile, and its order is gone on with here.</summary>
    [Fact]
    public async Task What_an_order_on_record_needs_is_owed_no_more_when_the_state_is_read()
    {
        await EndAsync();
        Debts.Owe(Challenge);
        Debts.Owe("another");

        await new DnsSweep(Debts).RunAsync(Session, new HashSet<string> { Challenge }, new HashSet<string>(), Token);

        Assert.Equal("another", Assert.Single(Debts.List().Owed).Token);
    }

    /// <summary>Written, owed, and being removed after the deadline, until the task has ended.</summary>
    private async Task RemoveTooLateAsync(Task end)
    {
        var begun = new TaskCompletionSource();
        Zone.Removing = _ =>
        {
            begun.TrySetResult();
            return end;
        };
        await WriteAsync("shop.test", Challenge);
        Debts.Owe(Challenge);
        await begun.Task.WaitAsync(Token);
        Time.Advance(DnsDesk.LongestCall);
        await Eventually.TrueAsync(() => Debts.List().Owed is [{ Tries: 1 }]);
        await Debts.Withdraw(Challenge);
        Zone.Removing = _ => Task.CompletedTask;
    }

    /// <summary>So whoever removes has looked at all that is due.</summary>
    private async Task RemoveAnotherAsync()
    {
        await WriteAsync("another.test", "another");
        Debts.Owe("another");
        await Eventually.TrueAsync(async () => !await IsOnRecordAsync("another"));
    }

    private async Task GoneAsync()
    {
        await Eventually.TrueAsync(async () => !await IsOnRecordAsync());
        Assert.DoesNotContain(Place, Zone.Names);
    }
}
