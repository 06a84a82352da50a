using AcmeKestrel.Lifecycle;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Where there is a copy of the engine's certificates on this machine, it is complete after a while.</summary>
public sealed class StoredCheckTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
    private readonly TestSettings _settings = new();

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
