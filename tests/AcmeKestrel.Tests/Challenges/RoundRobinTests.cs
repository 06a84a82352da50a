using AcmeKestrel.Challenges;

namespace AcmeKestrel.Tests.Challenges;

public sealed class RoundRobinTests
{
    private readonly List<string> _came = [];

    [Fact]
    public async Task Networks_take_turns_however_many_of_one_wait()
    {
        var room = new RoundRobin(1);
        await room.EnterAsync("first", CancellationToken.None);
        var crowd = Enumerable.Range(0, 5).Select(i => ComeAsync(room, "crowd", $"crowd{i}")).ToList();
        var others = new[] { ComeAsync(room, "a", "a"), ComeAsync(room, "b", "b"), ComeAsync(room, "b", "b1") };

        room.Leave();
        await Task.WhenAll([.. crowd, .. others]);

        Assert.Equal(["crowd0", "a", "b", "crowd1", "b1", "crowd2", "crowd3", "crowd4"], _came);
    }

    [Fact]
    public async Task So_many_are_in_at_once()
    {
        var room = new RoundRobin(2);
        await room.EnterAsync("a", CancellationToken.None);
        await room.EnterAsync("a", CancellationToken.None);
        var third = room.EnterAsync("b", CancellationToken.None);
        Assert.False(third.IsCompleted);

        room.Leave();
        await third;
        room.Leave();
        room.Leave();

        Assert.True(room.EnterAsync("c", CancellationToken.None).IsCompletedSuccessfully);
        Assert.True(room.EnterAsync("c", CancellationToken.None).IsCompletedSuccessfully);
        Assert.False(room.EnterAsync("c", CancellationToken.None).IsCompleted);
    }

    [Fact]
    public async Task Whoever_gives_up_takes_nobodys_place()
    {
        var room = new RoundRobin(1);
        await room.EnterAsync("a", CancellationToken.None);
        using var patience = new CancellationTokenSource();
        var (impatient, other) = (room.EnterAsync("a", patience.Token), room.EnterAsync("b", CancellationToken.None));

        await patience.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => impatient);
        room.Leave();
        await other;
        room.Leave();

        Assert.True(room.EnterAsync("c", CancellationToken.None).IsCompletedSuccessfully);
    }

    /// <summary>The place may have come in the same moment.</summary>
    [Fact]
    public async Task Places_are_neither_lost_nor_made_where_some_give_up()
    {
        var room = new RoundRobin(3);
        var inside = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 2000), new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = TestContext.Current.CancellationToken }, async (number, _) =>
        {
            using var patience = new CancellationTokenSource();
            var entering = room.EnterAsync($"{number % 7}", patience.Token);
            if (number % 3 == 0) await patience.CancelAsync();
            try
            {
                await entering;
            }
            catch (OperationCanceledException)
            {
                return;
            }

            Assert.InRange(Interlocked.Increment(ref inside), 1, 3);
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            room.Leave();
        });

        for (var i = 0; i < 3; i++) Assert.True(room.EnterAsync("last", CancellationToken.None).IsCompletedSuccessfully);
        Assert.False(room.EnterAsync("last", CancellationToken.None).IsCompleted);
    }

    private async Task ComeAsync(RoundRobin room, string network, string who)
    {
        await room.EnterAsync(network, CancellationToken.None);
        lock (_came) _came.Add(who);
        room.Leave();
    }
}
