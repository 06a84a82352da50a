using AcmeKestrel.Lifecycle.Dispatching;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Benchmarks;

/// <summary>The queue of what is due with so many labels, and the dispatcher that hands them out, by a clock that is set: they wait, are all due at once, are at work and end. No label's own work.</summary>
internal static class DueLabels
{
    /// <summary>As a provider has.</summary>
    private const int Slots = 24;

    private static readonly TimeSpan Month = TimeSpan.FromDays(30);

    public static void Measure(IReadOnlyList<string> names)
    {
        var (clock, random) = (new Clock(), new Random(1));
        var queue = new DueQueue(_ => "", Slots, clock);
        using var dispatcher = new Dispatcher(queue, clock, NullLogger<Dispatcher>.Instance);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        PlanTable.Show("set in the queue, for some time within a month", names.Count, () =>
        {
            foreach (var name in names) dispatcher.WakeBy(name, clock.GetUtcNow() + (Month * random.NextDouble()));
            return Task.CompletedTask;
        });
        PlanTable.ShowMemory("a label that waits in the queue", names.Count, before);

        clock.Pass(Month);
        PlanTable.Show("all become due, and the first one is handed out", names.Count, () => RunAsync(1, Again));
        PlanTable.ShowMemory("a label that is due and waits for a slot", names.Count, before);
        PlanTable.Show("handed out, ended and set anew", names.Count, () => RunAsync(names.Count - 1, Again));
        PlanTable.ShowMemory("a label that waits in the queue once more", names.Count, before);

        clock.Pass(Month);
        PlanTable.Show("become due, handed out and ended for good", names.Count, () => RunAsync(names.Count, () => null));
        PlanTable.ShowMemory("what the empty queue keeps of it", names.Count, before);
        if (dispatcher.NextDue is not null || queue.Depth != default) throw new InvalidOperationException("Some are left.");

        DateTimeOffset? Again() => clock.GetUtcNow() + (Month * random.NextDouble());

        async Task RunAsync(int count, Func<DateTimeOffset?> next)
        {
            for (var done = 0; done < count; done++)
            {
                if (!await dispatcher.RunNextAsync((_, _) => Task.FromResult(next()), CancellationToken.None)) throw new InvalidOperationException("Nothing is due.");
            }
        }
    }

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = DateTimeOffset.UnixEpoch.AddYears(57);

        public override DateTimeOffset GetUtcNow() => _now;

        public void Pass(TimeSpan time) => _now += time;
    }
}
