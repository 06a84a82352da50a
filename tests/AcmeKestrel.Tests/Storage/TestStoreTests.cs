using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Storage;

/// <summary>What the lifecycle is tested on is a store like any other.</summary>
public sealed class TestStoreTests : StoreConformanceTests
{
    public TestStoreTests() => Store = new TestStore(Time);

    protected override IAcmeStore Store { get; }
}
