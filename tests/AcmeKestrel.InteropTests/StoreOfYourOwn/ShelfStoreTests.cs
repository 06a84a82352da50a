using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;
using Microsoft.Extensions.Time.Testing;

namespace Shelves;

public sealed class ShelfStoreTests : StoreConformanceTests
{
    private readonly TwoClocks _clock = new();
    private readonly Shelf _shelf;

    public ShelfStoreTests()
    {
        _shelf = new Shelf(_clock);
        Store = new ShelfStore(_shelf);
    }

    protected override IAcmeStore Store { get; }

    /// <summary>Another process, on the same records.</summary>
    protected override IAcmeStore OpenAnother() => new ShelfStore(_shelf);

    /// <summary>Of an engine whose clock nobody can turn this waits, and LeaseDuration is some seconds.</summary>
    protected override ValueTask PassAsync(TimeSpan time)
    {
        _clock.Advance(time);
        return ValueTask.CompletedTask;
    }

    protected override void SetTimeOfDay(TimeSpan by) => _clock.Ahead += by;

    /// <summary>The time of day can be set, and the clock that leases count by goes on.</summary>
    private sealed class TwoClocks : FakeTimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;

        public override long GetTimestamp() => base.GetUtcNow().Ticks;
    }
}
