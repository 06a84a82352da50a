using System.Collections.Concurrent;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.Zones;

/// <summary>How many calls a DNS provider gets at once, whose API takes some requests a second.</summary>
public sealed class DnsTurnsTests : DnsDeskScene
{
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _now;
    private int _most;

    public override async ValueTask DisposeAsync()
    {
        _go.TrySetResult();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_hundred_names_are_asked_for_and_written_a_few_at_once()
    {
        Zone.Adding = Zone.Checking = _ => CountAsync(_go.Task);
        var checking = Desk.CheckAsync(null, null, Proofs(100), [], [], null, Token);
        var writing = WriteAsync(Proofs(100));
        await Eventually.TrueAsync(() => Volatile.Read(ref _now) == 8);
        _go.SetResult();

        Assert.Empty((await checking).Faults);
        Assert.Empty((await writing).Faults);
        Assert.Equal(8, _most);
        Assert.Equal(100, Zone.Names.Count());
    }

    /// <summary>Else the last of a hundred names would have its turn after half an hour, and all others who come to that provider behind it.</summary>
    [Fact]
    public async Task One_that_does_not_answer_is_asked_for_no_further_names_of_the_order_and_for_those_of_others()
    {
        Zone.Adding = record => record.Domain.StartsWith('n') ? CountAsync(_go.Task) : Task.CompletedTask;
        var writing = WriteAsync(Proofs(100));
        await Eventually.TrueAsync(() => Volatile.Read(ref _now) == 8);
        var other = WriteAsync("another.test", "another");
        Assert.False(other.IsCompleted);
        Time.Advance(DnsDesk.LongestCall);

        var faults = (await writing).Faults;
        Assert.Equal((100, 8), (faults.Count, faults.Values.Count(fault => fault == "no answer within 120 s")));
        Assert.Equal(92, faults.Values.Count(fault => fault == "not asked, since corp did not answer within 120 s for another name of the order"));
        Assert.Empty((await other).Faults);
    }

    [Fact]
    public async Task What_was_not_asked_is_not_on_record()
    {
        Zone.Adding = _ => CountAsync(_go.Task);
        var writing = WriteAsync(Proofs(100));
        await Eventually.TrueAsync(() => Volatile.Read(ref _now) == 8);
        Time.Advance(DnsDesk.LongestCall);
        Assert.Equal(100, (await writing).Faults.Count);

        Assert.Equal(8, (await DnsLeftoverRecord.ListAsync(Session, Token)).Count);
    }

    /// <summary>The next holder removes what is on record then, and would never know of what is written later.</summary>
    [Fact]
    public async Task What_waits_for_its_turn_is_not_written_when_the_state_is_lost()
    {
        Zone.Adding = _ => CountAsync(_go.Task);
        var writing = WriteAsync(Proofs(100));
        await Eventually.TrueAsync(() => Volatile.Read(ref _now) == 8);

        await LoseStateAsync();
        _go.SetResult();

        await Assert.ThrowsAsync<StoreConflictException>(() => writing);
        Assert.Equal(8, Zone.Names.Count());
    }

    [Fact]
    public async Task What_is_removed_is_in_no_orders_way()
    {
        await WriteAsync(Proofs(20));
        Zone.Removing = _ => CountAsync(_go.Task);
        foreach (var proof in Proofs(20)) Debts.Owe(proof.Token);
        await Eventually.TrueAsync(() => Volatile.Read(ref _now) == 4);

        Assert.Empty((await WriteAsync("another.test", "another")).Faults);
        _go.SetResult();

        await Eventually.TrueAsync(() => Zone.Names.SequenceEqual(["_acme-challenge.another.test"]));
        Assert.Equal(4, _most);
    }

    /// <summary>By a challenge that the CA gives again.</summary>
    [Fact]
    public async Task What_waits_for_its_turn_to_be_removed_can_be_written_at_once()
    {
        await WriteAsync(Proofs(5));
        var begun = new ConcurrentBag<string>();
        Zone.Removing = record =>
        {
            begun.Add(record.Token);
            return CountAsync(_go.Task);
        };
        foreach (var proof in Proofs(5)) Debts.Owe(proof.Token);
        await Eventually.TrueAsync(() => begun.Count == 4);

        var waiting = Proofs(5).Single(proof => !begun.Contains(proof.Token));
        Assert.Empty((await WriteAsync(waiting)).Faults);
        _go.SetResult();

        await Eventually.TrueAsync(() => Zone.Names.SequenceEqual([waiting.RecordName]));
        await Eventually.TrueAsync(async () => !await IsOnRecordAsync(begun.First()));
        Assert.True(await IsOnRecordAsync(waiting.Token));
    }

    private static List<DnsProof> Proofs(int count) => [.. Enumerable.Range(0, count).Select(number => Proof($"n{number}.test", $"token{number}"))];

    private async Task CountAsync(Task end)
    {
        var now = Interlocked.Increment(ref _now);
        lock (Zone) _most = Math.Max(_most, now);
        await end;
        Interlocked.Decrement(ref _now);
    }
}
