using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Two processes on one state, over time: one orders, and whoever takes over goes on with what is there.</summary>
public sealed class TwoProcessesTests
{
    private static readonly string[] Labels = ["a.test", "b.test", "c.test"];

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly List<ProcessStore.Write> _writes = [];
    private readonly TestSettings _settings = new();

    [Theory]
    [InlineData(ChallengeTypes.Http01, 0)]
    [InlineData(ChallengeTypes.TlsAlpn01, 2)]
    public async Task A_process_that_sleeps_at_any_moment_while_another_one_takes_over_writes_nothing_when_it_wakes(string challenge, int looks)
    {
        for (var moment = 1; ; moment++)
        {
            if (await SleepAtAsync(moment, challenge, looks)) continue;

            Assert.True(moment > 40, $"Only {moment} moments: the decorators are not in the way of the issuance.");
            return;
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Two_processes_that_die_and_stall_at_random_keep_all_names_served_for_sixty_days(int seed)
    {
        var random = new Random(seed);
        var (store, ca) = (new TestStore(_time), new TestCa(_time) { Lifetime = TimeSpan.FromDays(12) });
        Process?[] processes = [null, null];
        var (deaths, starts, end) = (0, 0, _time.GetUtcNow() + TimeSpan.FromDays(60));

        while (_time.GetUtcNow() < end)
        {
            var slot = random.Next(2);
            var process = processes[slot] ??= await Process.StartAsync($"process {++starts}", _time, ca, _settings, store, _writes, dieAt: random.Next(1, 300));
            ca.Probe = process.Edge.ProbeAsync;

            // Meanwhile the other one stalls: its heart does not beat, and its lease lapses.
            if (await process.RunAsync(TimeSpan.FromMinutes(random.Next(1, 2000)))) AssertServed(store);
            else (processes[slot], deaths) = (null, deaths + 1);
        }

        foreach (var process in processes.OfType<Process>()) await process.Edge.DisposeAsync();
        var last = await Process.StartAsync("the last one", _time, ca, _settings, store, _writes, dieAt: int.MaxValue);
        await last.RunAsync(TimeSpan.FromHours(1));
        Assert.All(Labels, label => Assert.Equal(AcmeCertificateState.Served, last.Edge.Status(label).State));
        await last.Edge.DisposeAsync();

        // Nothing is bought twice, nothing bought is lost, and an order is an orphan only where a process died or its lease passed to the other one.
        var handovers = _writes.Select(write => write.Token).Distinct().Count();
        var generations = _writes.Where(write => write.Key.Kind == RecordKind.Certificate).Select(write => write.Key).Distinct().Count();
        Assert.True(deaths > 2 && handovers > deaths, $"Too little happened: {deaths} deaths, {handovers} handovers.");
        Assert.Equal(ca.Certificates.Count, generations);
        Assert.InRange(ca.Certificates.Count, 3 * (60 / 12), 3 * (60 / 6));
        Assert.InRange(ca.Orders.Count, ca.Certificates.Count, ca.Certificates.Count + handovers);
        AssertFenced();
    }

    /// <summary>True where the first process came to that moment.</summary>
    private async Task<bool> SleepAtAsync(int moment, string challenge, int looks)
    {
        var (store, ca) = (new TestStore(_time), new TestCa(_time) { ProcessingLooks = looks, ValidationLooks = looks });
        var wish = Wishes.Of("shop.test", ["shop.test", "www.shop.test"], challenges: [challenge]);
        _writes.Clear();
        var woken = 0;
        await using var awake = await Edge.StartAsync(_time, ca, _settings, new ProcessStore(store, "awake", _writes, () => Task.CompletedTask), []);
        await awake.Get<StateLease>().ReleaseAsync();
        Edge? asleep = null;
        var sleep = new Sleep(moment, async () =>
        {
            _time.Advance(TimeSpan.FromMinutes(6));
            ca.Probe = awake.ProbeAsync;
            await awake.PassTimeAsync(_time.GetUtcNow());
            awake.Wish(wish);
            Assert.Equal(AcmeCertificateState.Served, (await awake.SettleAsync("shop.test")).State);
            ca.Probe = asleep!.ProbeAsync;
            woken = _writes.Count;
        });
        await using var sleeper = asleep = await Edge.StartAsync(
            _time, ca, _settings, new ProcessStore(store, "sleeper", _writes, sleep.PassAsync), [wish], () => new Sleep.Transport(ca.Transport(), sleep));

        // It goes on with what it had begun, and finds out; then it plans again, without the lease.
        await sleeper.RunAsync(TimeSpan.FromMinutes(2));
        if (!sleep.HasCome) return false;

        Assert.True(sleep.IsOver);
        Assert.DoesNotContain(_writes.Skip(woken), write => write.Process == "sleeper");
        AssertFenced();
        var generation = Assert.Single(store.All(RecordKind.Certificate)).Key;

        // The other one goes; what it left is what counts.
        await awake.DisposeAsync();
        await sleeper.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(AcmeCertificateState.Served, sleeper.Status("shop.test").State);
        Assert.Equal(generation, Assert.Single(store.All(RecordKind.Certificate)).Key);
        Assert.Equal(generation.Name, $"shop.test@{sleeper.Published.Current["shop.test"].Id}");
        Assert.Single(ca.Certificates);
        Assert.InRange(ca.Orders.Count, 1, 2);
        Assert.Empty(store.All(RecordKind.Order));
        return true;
    }

    private void AssertServed(TestStore store)
    {
        var ends = store.All(RecordKind.Certificate).Select(GenerationRecord.Read).GroupBy(generation => generation.Label).Select(label => label.Max(generation => generation.Chain.NotAfter)).ToList();
        Assert.Equal(Labels.Length, ends.Count);
        Assert.All(ends, end => Assert.True(end > _time.GetUtcNow(), $"A certificate ended at {end:u}, and it is {_time.GetUtcNow():u}."));
    }

    /// <summary>Every write is under a fence, and none comes after a younger one.</summary>
    private void AssertFenced()
    {
        Assert.All(_writes, write => Assert.NotNull(write.Token));
        Assert.Equal(_writes.Select(write => write.Token).Order(), _writes.Select(write => write.Token));
    }

    private sealed class Process(Edge edge, Death death)
    {
        public Edge Edge => edge;

        public static async Task<Process> StartAsync(string name, FakeTimeProvider time, TestCa ca, TestSettings settings, TestStore store, List<ProcessStore.Write> writes, int dieAt)
        {
            var death = new Death(dieAt);
            var noted = new ProcessStore(store, name, writes, () => Task.CompletedTask);
            return new Process(await Edge.StartAsync(time, ca, settings, new Death.Store(noted, death), [.. Labels.Select(label => Wishes.Of(label))], () => new Death.Transport(ca.Transport(), death)), death);
        }

        /// <summary>False: it died. Its lease goes with it, as the kernel takes it from a dead process.</summary>
        public async Task<bool> RunAsync(TimeSpan duration)
        {
            var end = edge.Time.GetUtcNow() + duration;
            while (!death.HasCome && edge.Time.GetUtcNow() < end) await edge.RunAsync(TimeSpan.FromMinutes(10));
            if (!death.HasCome) return true;

            await edge.DisposeAsync();
            return false;
        }
    }
}
