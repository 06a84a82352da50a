namespace AcmeKestrel.Storage.Files;

/// <summary>
/// Lets one process at a time check and write. Its writers share the turn, so they do not wait for each other; once they have had it for a while, newcomers wait until it was given up in between.
/// </summary>
internal sealed class WriteTurns(Func<IDisposable?> tryLock, TimeProvider time)
{
    private const int Attempts = 400;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(1);
    private readonly object _gate = new();
    private IDisposable? _lock;
    private long _since;
    private int _inside;
    private bool _closed;

    /// <param name="alone">Not beside writers of this process either.</param>
    /// <exception cref="IOException">Another process does not end its turn.</exception>
    public IDisposable Enter(bool alone)
    {
        lock (_gate)
        {
            while (_closed) Monitor.Wait(_gate);
            var givesWay = _lock is not null && time.GetElapsedTime(_since) > LongestTurn;
            if (alone || givesWay)
            {
                _closed = true;
                while (_inside > 0) Monitor.Wait(_gate);
            }

            try
            {
                // Others look for it every few milliseconds.
                if (givesWay) Thread.Sleep(4 * Pause);
                if (_lock is null) (_lock, _since) = (Take(), time.GetTimestamp());
            }
            catch
            {
                Open();
                throw;
            }

            if (!alone) Open();
            _inside++;
            return new Turn(this, alone);
        }
    }

    private IDisposable Take()
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (tryLock() is { } taken) return taken;
            Thread.Sleep(Pause);
        }

        throw new IOException("Another process writes to it and does not come to an end.");
    }

    private void Leave(bool alone)
    {
        lock (_gate)
        {
            if (--_inside == 0)
            {
                _lock?.Dispose();
                _lock = null;
            }

            if (alone) Open();
            Monitor.PulseAll(_gate);
        }
    }

    private void Open()
    {
        _closed = false;
        Monitor.PulseAll(_gate);
    }

    private sealed class Turn(WriteTurns owner, bool alone) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) owner.Leave(alone);
        }
    }
}
