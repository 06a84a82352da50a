using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

public sealed class MemoryStoreTests : StoreConformanceTests
{
    private readonly FakeTimeProvider _time = new();

    public MemoryStoreTests() => Store = new MemoryStore(_time);

    protected override IAcmeStore Store { get; }

    protected override IAcmeStore OpenAnother() => Store;

    protected override ValueTask PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return ValueTask.CompletedTask;
    }
}
