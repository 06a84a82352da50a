using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Storage;

public sealed class MemoryStoreTests : StoreConformanceTests
{
    public MemoryStoreTests() => Store = new MemoryStore(Time);

    protected override IAcmeStore Store { get; }
}
