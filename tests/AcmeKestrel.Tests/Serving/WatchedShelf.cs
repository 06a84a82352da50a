using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;

namespace AcmeKestrel.Tests.Serving;

/// <summary>A store that somebody watches.</summary>
internal sealed class WatchedShelf : ICertificateSource
{
    private readonly List<string> _asked = [];
    private readonly List<(int Count, TaskCompletionSource Reached)> _awaited = [];

    public Dictionary<string, Generation> Generations { get; } = [];

    public TaskCompletionSource? Gate { get; set; }

    public Exception? Fault { get; set; }

    /// <summary>Called at each question, with its token.</summary>
    public Action<CancellationToken> Asking { get; set; } = _ => { };

    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (_asked) return [.. _asked];
        }
    }

    public Task ReachedAsync(int count)
    {
        lock (_asked)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_asked.Count >= count) reached.SetResult();
            else _awaited.Add((count, reached));
            return reached.Task;
        }
    }

    public List<string> Rejected { get; } = [];

    public bool IsTemporary(Exception failure) => failure is TimeoutException;

    public void Reject(CertificateFacts unusable) => Rejected.Add(unusable.Label);

    public async ValueTask<Generation?> ReadAsync(CertificateFacts wanted, CancellationToken cancellationToken)
    {
        lock (_asked)
        {
            _asked.Add(wanted.Label);
            foreach (var (count, reached) in _awaited) if (_asked.Count >= count) reached.TrySetResult();
        }

        Asking(cancellationToken);
        if (Gate is not null) await Gate.Task;
        if (Fault is not null) throw Fault;
        return Generations[wanted.Label];
    }
}
