using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>
/// Keeps requests from a CA that has trouble: after a fault nobody asks it for a while, then one name probes; its success lets all the others go on.
/// Such faults are the CA's: no name's backoff counts them.
/// </summary>
internal sealed class ProviderCircuit(ProviderLedger ledger, CircuitState? state, TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    private readonly Lock _gate = new();
    private readonly HashSet<string> _parked = new(StringComparer.Ordinal);
    private CircuitState? _state = state;
    private string? _probe;

    /// <summary>The names that wait for a probe may go on.</summary>
    public event Action<IReadOnlyCollection<string>>? Released;

    /// <summary>Null when the label may ask the CA now; else when to come again at the latest (null: it is told) and why.</summary>
    public CircuitRefusal? Refuses(string label)
    {
        lock (_gate)
        {
            if (_state is not { } open) return null;
            if (IsOpen(open, time.GetUtcNow())) return new CircuitRefusal(open.OpenUntil, open.Reason);

            if (_probe is null || _probe == label)
            {
                _probe = label;
                return null;
            }

            _parked.Add(label);
            return new CircuitRefusal(null, open.Reason);
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

        await KeepAsync(null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The CA failed; returns until when nobody asks it.</summary>
    /// <param name="retryAfter">Obeyed, unless it is meant for one name.</param>
    /// <param name="cap">The longest that the asking name may wait, where the CA does not ask for more.</param>
    public async Task<DateTimeOffset> FailedAsync(string reason, TimeSpan? retryAfter, TimeSpan? cap, CancellationToken cancellationToken)
    {
        CircuitState next;
        lock (_gate)
        {
            var now = time.GetUtcNow();
            // Requests that were under way together fail together: they are one fault.
            if (_state is { } open && IsOpen(open, now))
            {
                if (retryAfter is not { } longer || now + longer <= open.OpenUntil) return open.OpenUntil;
                next = open with { OpenUntil = now + longer };
            }
            else
            {
                var faults = Math.Min((_state?.Faults ?? 0) + 1, 30);
                var pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Min(faults - 1, 10)));
                if (pause > cap) pause = cap.Value;
                next = new CircuitState(faults, now + (retryAfter > pause ? retryAfter.Value : pause), reason);
            }

            (_state, _probe) = (next, null);
        }

        await KeepAsync(next, cancellationToken).ConfigureAwait(false);
        return next.OpenUntil;
    }

    /// <summary>The probing name ended without having asked: another one may.</summary>
    public void Leave(string label)
    {
        lock (_gate)
        {
            if (_probe != label) return;
            _probe = null;
        }

        Release();
    }

    /// <summary>A CA's <c>Retry-After</c> opens it for a day at most.</summary>
    private static bool IsOpen(CircuitState state, DateTimeOffset now) => Waits.Last(state.OpenUntil, Backoff.Longest, now);

    /// <summary>Nobody but this wakes the names that wait, so they are woken although it could not be written.</summary>
    private async Task KeepAsync(CircuitState? state, CancellationToken cancellationToken)
    {
        try
        {
            await ledger.KeepCircuitAsync(state, cancellationToken).ConfigureAwait(false);
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
            parked = [.. _parked];
            _parked.Clear();
        }

        if (parked.Length > 0) Released?.Invoke(parked);
    }
}

/// <summary>Why a label must not ask a CA now.</summary>
internal sealed record CircuitRefusal(DateTimeOffset? Until, string Reason);
