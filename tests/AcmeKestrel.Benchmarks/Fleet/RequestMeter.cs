using System.Diagnostics;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>What something costs beside what a fleet costs that does nothing.</summary>
/// <param name="read">Counts from whenever they began.</param>
internal sealed class RequestMeter(Func<Task<Counts>> read)
{
    /// <summary>More in a second than at rest, and somebody is still at work.</summary>
    private const double Stir = 3;

    private const int LongestStir = 15;

    /// <summary>A second, of a fleet that does nothing.</summary>
    public Counts Idle { get; private set; } = Counts.Of([]);

    public async Task RestAsync(TimeSpan time)
    {
        Idle = Counts.Of([]);
        Idle = await DuringAsync(() => Task.Delay(time)) * (1 / time.TotalSeconds);
    }

    /// <summary>Until nothing is done but what is always done.</summary>
    public async Task SettleAsync()
    {
        for (var second = 0; second < LongestStir; second++)
        {
            if ((await DuringAsync(() => Task.Delay(TimeSpan.FromSeconds(1)))).Total < Stir) return;
        }
    }

    /// <summary>Without what would have been asked for anyway.</summary>
    public async Task<Counts> DuringAsync(Func<Task> work)
    {
        var (before, clock) = (await read(), Stopwatch.StartNew());
        await work();
        var elapsed = clock.Elapsed.TotalSeconds;
        return await read() - before - (Idle * elapsed);
    }
}
