using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What is published, and who waits for it.</summary>
internal sealed class AwaitedPublisher : ICertificatePublisher, IShownCertificates
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Generation> _current = [];
    private readonly Dictionary<string, TaskCompletionSource<Generation>> _awaited = [];

    public IReadOnlyCollection<Generation> Current
    {
        get
        {
            lock (_gate) return [.. _current.Values];
        }
    }

    /// <summary>The label's certificate, as soon as there is one.</summary>
    public Task<Generation> ShowAsync(string label)
    {
        lock (_gate)
        {
            if (_current.TryGetValue(label, out var generation)) return Task.FromResult(generation);
            if (!_awaited.TryGetValue(label, out var awaited)) _awaited[label] = awaited = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return awaited.Task;
        }
    }

    public string? Unreachable => null;

    /// <summary>Reads what is stored.</summary>
    public Func<ICertificateSource>? Source { get; set; }

    /// <summary>A visitor comes at once.</summary>
    public void Publish(CertificateFacts stored)
    {
        if (Source!().ReadAsync(stored, CancellationToken.None).AsTask().GetAwaiter().GetResult() is { } generation) Publish(generation);
    }

    public void Publish(Generation generation)
    {
        lock (_gate)
        {
            _current[generation.Label] = generation;
            if (_awaited.Remove(generation.Label, out var awaited)) awaited.SetResult(generation);
        }
    }

    public void PublishFound(Generation generation) => Publish(generation);

    public CertificateFacts? FindShown(string name) => null;

    public void ChangeWishes(IReadOnlyCollection<WishChange> changes)
    {
    }

    public void Withdraw(string label)
    {
        lock (_gate) _current.Remove(label);
    }

    public void Clear()
    {
        lock (_gate) _current.Clear();
    }
}
