using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.Zones;

/// <summary>DNS providers that do not heed their deadline, and write when nobody waits for them any more.</summary>
public sealed class LateWriterTests : DnsDeskScene
{
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _end = new();

    public override async ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_written_after_the_deadline_is_removed_when_it_is_there(bool keepsItsThread)
    {
        var go = new TaskCompletionSource();
        Zone.Adding = _ =>
        {
            _begun.TrySetResult();
            if (keepsItsThread) go.Task.Wait(Token);
            return go.Task;
        };

        Assert.Equal("no answer within 120 s", (await GiveUpAsync()).Faults["*.shop.test"]);

        // What he may have written already goes at once; what he may write yet is still on record.
        await Eventually.TrueAsync(() => Zone.Done.SequenceEqual(["remove _acme-challenge.shop.test"]) && Desk.FindLateWriter(Challenge) is not null);
        Assert.True(await IsOnRecordAsync());

        go.SetResult();

        await Eventually.TrueAsync(() => Zone.Done.SequenceEqual(["remove _acme-challenge.shop.test", "add _acme-challenge.shop.test", "remove _acme-challenge.shop.test"]));
        while (await IsOnRecordAsync()) await Task.Yield();
        Assert.Empty(Zone.Names);
        Assert.Null(Desk.FindLateWriter(Challenge));
    }

    [Fact]
    public async Task One_that_fails_in_the_end_leaves_nothing_on_record_either()
    {
        var go = new TaskCompletionSource();
        Zone.Adding = _ =>
        {
            _begun.TrySetResult();
            return go.Task;
        };
        await GiveUpAsync();
        await Eventually.TrueAsync(() => Zone.Done.Count == 1);

        go.SetException(new InvalidOperationException("out of luck"));

        while (await IsOnRecordAsync()) await Task.Yield();
        Assert.Equal(["remove _acme-challenge.shop.test", "remove _acme-challenge.shop.test"], Zone.Done);
    }

    /// <summary>By an order that was begun anew, of which the CA has given the same challenge.</summary>
    [Fact]
    public async Task What_an_earlier_writing_of_it_adds_within_its_deadline_is_removed_as_well()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Zone.Adding = _ =>
        {
            _begun.TrySetResult();
            return go.Task;
        };
        var earlier = WriteAsync("*.shop.test", Challenge);
        await _begun.Task.WaitAsync(Token);
        Zone.Adding = _ => Task.CompletedTask;
        Assert.Empty((await WriteAsync("*.shop.test", Challenge)).Faults);

        // So whoever removes has looked at all that is due.
        await WriteAsync("another.test", "another");
        Debts.Owe(Challenge);
        Debts.Owe("another");
        await Eventually.TrueAsync(async () => !await IsOnRecordAsync("another"));
        Assert.True(await IsOnRecordAsync());
        go.SetResult();
        Assert.Empty((await earlier).Faults);

        await Eventually.TrueAsync(async () => !await IsOnRecordAsync());
        Assert.Empty(Zone.Names);
        Assert.Equal("remove _acme-challenge.shop.test", Zone.Done.Last());
    }

    /// <summary>The next process finds it, and removes it.</summary>
    [Fact]
    public async Task A_process_that_ends_before_he_has_written_leaves_it_on_record()
    {
        Zone.Adding = _ =>
        {
            _begun.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        await GiveUpAsync();
        await Eventually.TrueAsync(() => Zone.Done.Count == 1);

        await EndAsync();

        Assert.True(await IsOnRecordAsync());
    }

    /// <summary>He is left behind as everywhere, and asked again; what others are to remove waits for no more than that.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_never_returns_from_removing_holds_up_no_other_record_for_good(bool keepsItsThread)
    {
        var asked = 0;
        Zone.Removing = record =>
        {
            if (record.Domain != "stuck.test") return Task.CompletedTask;
            Interlocked.Increment(ref asked);
            _begun.TrySetResult();
            if (keepsItsThread) _end.Task.Wait(Token);
            return _end.Task;
        };
        foreach (var name in (string[])["stuck.test", "club.test"])
        {
            Assert.Empty((await WriteAsync(name, name)).Faults);
        }

        Debts.Owe("stuck.test");
        await _begun.Task.WaitAsync(Token);
        Debts.Owe("club.test");
        Time.Advance(DnsDesk.LongestCall);

        await Eventually.TrueAsync(async () => Zone.Done.Contains("remove _acme-challenge.club.test") && !await IsOnRecordAsync("club.test"));
        Assert.True(await IsOnRecordAsync("stuck.test"));
        Assert.Equal(["_acme-challenge.stuck.test"], Zone.Names);

        // Asked once more he does not return either, and then he does.
        await AdvanceUntilAsync(() => Volatile.Read(ref asked) == 2);
        _end.SetResult();
        await Eventually.TrueAsync(async () => !Zone.Names.Any() && !await IsOnRecordAsync("stuck.test"));
    }

    /// <summary>The order has failed, and its record is needed no more.</summary>
    private async Task<DnsWritten> GiveUpAsync()
    {
        var writing = WriteAsync("*.shop.test", Challenge);
        await _begun.Task.WaitAsync(Token);
        Time.Advance(DnsDesk.LongestCall);
        var written = await writing;
        Debts.Owe(Challenge);
        return written;
    }
}
