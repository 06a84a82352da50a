using System.Collections.Concurrent;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What is stored is looked at slowly after the start; where there is a copy of the engine's certificates on this machine, it is complete after a while.</summary>
public sealed class StoredCheckTests
{
    private readonly CountedTime _time = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
    private readonly TestSettings _settings = new();

    /// <summary>Twenty a second, beginning a minute after the start: whoever comes meanwhile notices nothing. A store that fails for a moment, and a fault that nobody thought of, cost the one that they are met at.</summary>
    [Fact]
    public async Task Each_certificate_is_read_once_and_slowly_and_what_is_damaged_is_found()
    {
        var (engine, ca, log) = (new TestStore(_time), new TestCa(_time), new ToldEvents());
        var wishes = Enumerable.Range(0, 6).Select(i => Wishes.Of($"n{i}.test")).ToArray();
        await using (var first = await Edge.StartAsync(_time, ca, _settings, engine, wishes)) await first.RunAsync(TimeSpan.FromMinutes(1));
        var store = new FlakyStore(engine);
        await using var edge = await Edge.StartAsync(_time, ca, _settings, store, wishes, log: log);
        engine.Damage(GenerationRecord.Key("n1.test", edge.Entry("n1.test").Certificate!.Generation), "privkey");
        var (start, reads) = (_time.GetUtcNow(), new ConcurrentQueue<(TimeSpan At, string Label)>());
        store.Reading = key =>
        {
            if (key.Kind != RecordKind.Certificate) return Task.CompletedTask;

            var label = key.Name.Split('@')[0];
            if (reads.All(read => read.Label != label)) reads.Enqueue((_time.GetUtcNow() - start, label));
            return label switch
            {
                "n2.test" => throw new StoreUnavailableException("for a moment"),
                "n3.test" => throw new InvalidOperationException("nobody thought of this"),
                _ => Task.CompletedTask,
            };
        };

        var check = edge.Get<IEnumerable<IHostedService>>().OfType<StoredCheck>().Single();
        await check.StartAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(IsAtRest);
        _time.Advance(TimeSpan.FromSeconds(60) - TimeSpan.FromMilliseconds(1));
        Assert.Empty(reads);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        for (var count = 1; count <= wishes.Length; count++)
        {
            await Eventually.TrueAsync(() => reads.Count >= count && IsAtRest());
            _time.Advance(TimeSpan.FromMilliseconds(50));
        }

        await Eventually.TrueAsync(() => !IsAtRest());
        Assert.Equal(wishes.Select((_, place) => TimeSpan.FromMilliseconds(60_000 + (50 * place))), reads.Select(read => read.At));
        Assert.Equal(wishes.Select(wish => wish.Label), reads.Select(read => read.Label).Order());
        Assert.Equal("n1.test n3.test", string.Join(' ', wishes.Select(wish => wish.Label).Where(label => edge.Entry(label).IsSuspect)));
        Assert.InRange(log.Count(621), 2, 4);
        await check.StopAsync(TestContext.Current.CancellationToken);

        bool IsAtRest() => _time.Waiting.Contains(nameof(StoredCheck), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_could_not_be_copied_is_copied_within_the_hour_and_nothing_is_read_twice()
    {
        var (engine, kept, ca) = (new MemoryStore(_time), new MemoryStore(_time), new TestCa(_time));
        await using (var first = await Edge.StartAsync(_time, ca, _settings, engine, [Wishes.Of("shop.test")])) await first.SettleAsync("shop.test");
        var (counted, full) = (new CountingStore(engine), true);
        var disk = new FlakyStore(kept) { Writing = _ => full ? throw new StoreUnavailableException("full") : Task.CompletedTask };
        using var store = new CopiedStore(counted, new LocalCopy(disk, NullLogger.Instance), _time, NullLogger<CopiedStore>.Instance);
        await using var edge = await Edge.StartAsync(_time, ca, _settings, store, [Wishes.Of("shop.test")]);
        var known = edge.Entry("shop.test").Certificate!;
        var check = edge.Get<IEnumerable<IHostedService>>().OfType<StoredCheck>().Single();
        await check.StartAsync(TestContext.Current.CancellationToken);
        var reads = counted.Reads;
        await Eventually.TrueAsync(() => Passed(TimeSpan.FromMinutes(1), counted.Reads > reads));
        Assert.False(store.IsCopied(new RecordKey(RecordKind.Certificate, $"shop.test@{known.Generation}")));

        full = false;
        await Eventually.TrueAsync(() => Passed(TimeSpan.FromMinutes(1), store.IsCopied(new RecordKey(RecordKind.Certificate, $"shop.test@{known.Generation}"))));
        reads = counted.Reads;
        for (var hour = 0; hour < 3; hour++) await Eventually.TrueAsync(() => Passed(TimeSpan.FromHours(1), true));

        Assert.Equal(reads, counted.Reads);
        await check.StopAsync(TestContext.Current.CancellationToken);
    }

    private bool Passed(TimeSpan time, bool isSo)
    {
        _time.Advance(time);
        return isSo;
    }
}
