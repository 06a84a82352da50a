using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;

namespace AcmeKestrel.Tests.Storage;

public sealed class MemoryStoreTests : StoreConformanceTests
{
    private readonly SettableTime _time = new();

    public MemoryStoreTests() => Store = new MemoryStore(_time);

    protected override IAcmeStore Store { get; }

    protected override IAcmeStore OpenAnother() => Store;

    protected override void SetTimeOfDay(TimeSpan by) => _time.Set(by);

    protected override ValueTask PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return ValueTask.CompletedTask;
    }
}
