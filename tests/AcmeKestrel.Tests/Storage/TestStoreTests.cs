using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Storage;

/// <summary>What the lifecycle is tested on is a store like any other.</summary>
public sealed class TestStoreTests : StoreConformanceTests
{
    private readonly SettableTime _time = new();

    public TestStoreTests() => Store = new TestStore(_time);

    protected override IAcmeStore Store { get; }

    protected override IAcmeStore OpenAnother() => Store;

    protected override void SetTimeOfDay(TimeSpan by) => _time.Set(by);

    protected override ValueTask PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return ValueTask.CompletedTask;
    }
}
