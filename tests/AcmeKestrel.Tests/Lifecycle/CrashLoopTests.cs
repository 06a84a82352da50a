using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A container that dies again and again, with a name that nobody can validate: the CA notices nothing of it.</summary>
public sealed class CrashLoopTests
{
    private static readonly TimeSpan BetweenStarts = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_process_that_is_started_a_thousand_times_asks_no_more_than_one_that_runs_on()
    {
        const int Starts = 1000;
        var (steady, looping) = (new Lived(), new Lived());
        await steady.LiveAsync(Starts * BetweenStarts);
        for (var start = 0; start < Starts; start++) await looping.LiveAsync(BetweenStarts);

        Assert.InRange(steady.Ca.NewOrders.Count, 4, 8);
        Assert.Equal(steady.Ca.NewOrders.Count, looping.Ca.NewOrders.Count);
        Assert.Equal(steady.Ca.FailedValidations.Count, looping.Ca.FailedValidations.Count);
        Assert.Equal(steady.Ca.Requests, looping.Ca.Requests);

        // What a process knows of a CA goes with it: each that has something to ask reads the directory once.
        Assert.InRange(looping.Ca.DirectoryLooks, 1, looping.Ca.NewOrders.Count + 1);
    }

    /// <summary>The state of one machine, and the CA that its processes ask.</summary>
    private sealed class Lived
    {
        private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
        private readonly IAcmeStore _store;

        public Lived() => (_store, Ca) = (new CountingStore(new TestStore(_time)), new TestCa(_time));

        public TestCa Ca { get; }

        public async Task LiveAsync(TimeSpan duration)
        {
            await using var edge = await Edge.StartAsync(_time, Ca, new TestSettings(), _store, [Wishes.Of("shop.test")]);
            edge.Reach = (_, _) => "unreachable";
            await edge.RunAsync(duration);
        }
    }
}
