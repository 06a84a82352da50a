namespace AcmeKestrel.Storage.Engine;

/// <summary>One gate a record: compare-and-set needs its writers one after the other, and writers of other records must not wait for them.</summary>
internal sealed class KeyedGates
{
    private readonly Dictionary<RecordKey, Gate> _gates = [];

    public async ValueTask<IDisposable> EnterAsync(RecordKey key, CancellationToken cancellationToken)
    {
        Gate? gate;
        lock (_gates)
        {
            if (!_gates.TryGetValue(key, out gate)) _gates.Add(key, gate = new Gate(this, key));
            gate.Users++;
        }

        try
        {
            await gate.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            return gate;
        }
        catch
        {
            Forget(gate);
            throw;
        }
    }

    private void Forget(Gate gate)
    {
        lock (_gates)
        {
            if (--gate.Users > 0) return;
            _gates.Remove(gate.Key);
        }

        gate.Turn.Dispose();
    }

    private sealed class Gate(KeyedGates owner, RecordKey key) : IDisposable
    {
        public RecordKey Key { get; } = key;

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public int Users { get; set; }

        public void Dispose()
        {
            Turn.Release();
            owner.Forget(this);
        }
    }
}
