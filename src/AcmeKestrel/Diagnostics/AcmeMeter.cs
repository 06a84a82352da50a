using System.Diagnostics.Metrics;

namespace AcmeKestrel.Diagnostics;

/// <summary>The library's meter, of the application's own factory where there is one: several applications in one process are told apart by it.</summary>
internal sealed class AcmeMeter : IDisposable
{
    private readonly Meter? _own;

    public AcmeMeter(IMeterFactory? factory = null) => Meter = factory?.Create(TelemetryNames.Source) ?? (_own = new Meter(TelemetryNames.Source));

    public Meter Meter { get; }

    /// <summary>The factory disposes its own.</summary>
    public void Dispose() => _own?.Dispose();
}
