using AcmeKestrel.Storage;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>An engine that a fleet has in common, and that tells what it was asked and when it committed.</summary>
internal abstract class MeasuredEngine : IAsyncDisposable
{
    public abstract string Name { get; }

    /// <summary>What a machine is told of it.</summary>
    public abstract IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>Requests by its clients, this process' own left out.</summary>
    public abstract Task<Counts> RequestsAsync();

    /// <summary>A store as another process has it; it ends with the engine.</summary>
    public abstract IAcmeStore Open();

    /// <summary>When each generation was committed, by the engine's clock, which is this machine's.</summary>
    public abstract Task<IReadOnlyDictionary<string, DateTime>> CommitsAsync();

    public abstract ValueTask DisposeAsync();
}
