using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;

namespace AcmeKestrel.Tests.Storage;

public sealed class StateDirectoryConformanceTests : StoreConformanceTests, IDisposable
{
    private readonly SettableTime _time = new();
    private readonly StateFolder _state;

    public StateDirectoryConformanceTests()
    {
        _state = new StateFolder(_time);
        Store = _state.Open();
    }

    protected override IAcmeStore Store { get; }

    public void Dispose() => _state.Dispose();

    protected override IAcmeStore OpenAnother() => _state.Open();

    protected override void SetTimeOfDay(TimeSpan by) => _time.Set(by);

    protected override ValueTask PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return ValueTask.CompletedTask;
    }
}
