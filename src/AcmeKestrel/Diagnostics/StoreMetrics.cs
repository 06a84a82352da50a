using System.Diagnostics.Metrics;

namespace AcmeKestrel.Diagnostics;

/// <summary>What the store could not do. A store that works costs nothing here.</summary>
internal sealed class StoreMetrics(AcmeMeter meter)
{
    private readonly Counter<long> _errors = meter.Meter.CreateCounter<long>("acme.store.errors", "{error}", "Operations of the store that failed, and records that it found unusable.");

    /// <param name="operation">A word of ours: <c>read</c>, <c>list</c>, <c>write</c>, <c>delete</c>, <c>lease</c>, <c>watch</c>.</param>
    /// <param name="error">A word of ours, never a message or a path.</param>
    public void Failed(string operation, string error) => _errors.Add(1, new(TelemetryNames.StoreOperation, operation), new(TelemetryNames.ErrorType, error));
}
