using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>
/// Keeps requests from a CA that has trouble: after a fault nobody asks it for a while, then one name probes; its success lets all the others go on.
/// Such faults are the CA's: no name's backoff counts them. Whether a name may ask is the planner's decision; here is who does, and who waits to be told.
/// </summary>
/// <param name="keep">Puts the state on disk.</param>
internal sealed class ProviderCircuit(CircuitState? state, Func<CancellationToken, Task> keep, ILabelWaker labels, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly OrderedDictionary<string, bool> _parked = new(StringComparer.Ordinal);
    private CircuitState? _state = state;
    private string? _probe;

    /// <summary>Null while the CA answers as a CA does.</summary>
    public CircuitState? State
    {
        get
        {
            lock (_gate) return _state;
        }
    }

    /// <summary>The name that probes, or null.</summary>
    public string? Probe
    {
        get
        {
            lock (_gate) return _probe;
        }
    }

    /// <summary>The label asks the CA until the pass is disposed; as the probe where the CA had trouble. Null where it may not any more: others were faster.</summary>
    /// <param name="cap">The longest that the label may wait for a CA in trouble; null: as long as the others.</param>
    public IDisposable? TryEnter(string label, TimeSpan? cap = null)
    {
        lock (_gate)
        {
            if (_state is not { } open) return new Pass(this, label);
            if (open.IsOpen(time.GetUtcNow(), cap) || (_probe is { } other && other != label)) return null;

            _probe = label;
            return new Pass(this, label);
        }
    }

    /// <summary>The clock was set back.</summary>
    /// <returns>What is to be kept.</returns>
    public CircuitState? Correct(DateTimeOffset now)
    {
        lock (_gate) return _state = _state?.Corrected(now);
    }

    /// <summary>The label waits for the probe of another one and will be woken. False where there is none any more.</summary>
    public bool Park(string label)
    {
        lock (_gate)
        {
            if (_state is null || _probe is null || _probe == label) return false;
            _parked[label] = true;
            return true;
        }
    }

    /// <summary>The CA answered as a CA does.</summary>
    public async Task SucceededAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_state is null) return;
            (_state, _probe) = (null, null);
        }

        await KeepAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The CA failed; returns until when nobody asks it.</summary>
    /// <param name="retryAfter">Obeyed, unless it is meant for one name.</param>
    /// <param name="cap">The longest that the asking name may wait, where the CA does not ask for more.</param>
    /// <param name="isUrgent">The asking name has no usable certificate, and the CA does not ask to be left alone.</param>
    public async Task<DateTimeOffset> FailedAsync(string reason, TimeSpan? retryAfter, TimeSpan? cap, bool isUrgent, CancellationToken cancellationToken)
    {
        CircuitState next;
        lock (_gate)
        {
            next = CircuitState.AfterFault(_state, reason, retryAfter, cap, isUrgent, time.GetUtcNow());
            if (next == _state) return next.OpenUntil;
            (_state, _probe) = (next, null);
        }

        await KeepAsync(cancellationToken).ConfigureAwait(false);
        return next.OpenUntil;
    }

    /// <summary>The probing name ended without having asked: another one may.</summary>
    private void Leave(string label)
    {
        string next;
        lock (_gate)
        {
            if (_probe != label) return;
            _probe = null;
            if (_parked.Count == 0) return;

            // One, and not all: of a thousand each would begin, find the next one probing, and wait again.
            next = _parked.GetAt(0).Key;
            _parked.RemoveAt(0);
        }

        labels.Wake(next);
    }

    /// <summary>Nobody but this wakes the names that wait, so they are woken although it could not be written.</summary>
    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keep(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Release();
        }
    }

    private void Release()
    {
        string[] parked;
        lock (_gate)
        {
            parked = [.. _parked.Keys];
            _parked.Clear();
        }

        foreach (var label in parked) labels.Wake(label);
    }

    private sealed class Pass(ProviderCircuit circuit, string label) : IDisposable
    {
        public void Dispose() => circuit.Leave(label);
    }
}
