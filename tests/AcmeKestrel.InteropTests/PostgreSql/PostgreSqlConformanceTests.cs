using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;

namespace AcmeKestrel.InteropTests.PostgreSql;

public sealed class PostgreSqlConformanceTests(ConformanceStores stores) : StoreConformanceTests, IClassFixture<ConformanceStores>, IAsyncLifetime
{
    private int _others;

    protected override IAcmeStore Store => stores.At(0);

    /// <summary>Long enough for a slow machine to be within a fifth of it.</summary>
    protected override TimeSpan LeaseDuration => TimeSpan.FromSeconds(10);

    public async ValueTask InitializeAsync() => await stores.EmptyAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    protected override IAcmeStore OpenAnother() => stores.At(++_others);

    protected override void SetTimeOfDay(TimeSpan by) => stores.Clock.Set(by);

    protected override ValueTask PassAsync(TimeSpan time) => RealTime.PassAsync(time, Cancel);
}
