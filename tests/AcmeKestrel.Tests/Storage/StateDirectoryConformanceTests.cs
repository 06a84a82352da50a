using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Storage;

public sealed class StateDirectoryConformanceTests : StoreConformanceTests, IDisposable
{
    private readonly StateFolder _state;

    public StateDirectoryConformanceTests()
    {
        _state = new StateFolder(Time);
        Store = _state.Open();
    }

    protected override IAcmeStore Store { get; }

    public void Dispose() => _state.Dispose();
}
