namespace AcmeKestrel.Challenges;

/// <summary>
/// So many have a turn at once, fewer of one network, and each for a while at least, which bounds how many there are in a second. All others wait, and networks take turns: a CA that validates a
/// hundred names at once comes from one network, and each of them must have its turn however many networks ask beside it.
/// </summary>
/// <param name="maxAtOnce">Turns at once, whoever has them.</param>
/// <param name="maxOfNetwork">Of these, for one network.</param>
/// <param name="maxWaiting">Of one network, those who have a turn among them; one more gets none.</param>
/// <param name="shortest">What a turn that is over sooner keeps from the next one.</param>
internal sealed class Turns(int maxAtOnce, int maxOfNetwork, int maxWaiting, TimeSpan shortest, TimeProvider time)
{
    private readonly Dictionary<string, Line> _networks = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly RoundRobin _all = new(maxAtOnce);

    /// <summary>Does the work when its turn has come; the default value where too many wait.</summary>
    /// <exception cref="OperationCanceledException">The turn did not come in time.</exception>
    public async Task<TResult?> TakeAsync<TResult>(string network, Func<Task<TResult?>> work, CancellationToken cancellationToken)
    {
        if (Join(network) is not { } own) return default;

        try
        {
            // Among its own first: so no network has more than its share of all.
            await own.Room.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await _all.EnterAsync(network, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                own.Room.Release();
                throw;
            }
        }
        catch
        {
            Leave(network, own);
            throw;
        }

        var since = time.GetTimestamp();
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            _ = EndAsync(network, own, shortest - time.GetElapsedTime(since));
        }
    }

    /// <summary>Not waited for: the work's result is there.</summary>
    private async Task EndAsync(string network, Line own, TimeSpan left)
    {
        if (left > TimeSpan.Zero) await Task.Delay(left, time).ConfigureAwait(false);

        _all.Leave();
        own.Room.Release();
        Leave(network, own);
    }

    private Line? Join(string network)
    {
        lock (_gate)
        {
            if (!_networks.TryGetValue(network, out var own)) _networks[network] = own = new Line(maxOfNetwork);
            if (own.Members >= maxWaiting) return null;

            own.Members++;
            return own;
        }
    }

    private void Leave(string network, Line own)
    {
        lock (_gate)
        {
            if (--own.Members == 0) _networks.Remove(network);
        }
    }

    private sealed class Line(int maxAtOnce)
    {
        public SemaphoreSlim Room { get; } = new(maxAtOnce);

        /// <summary>Those who wait or have a turn.</summary>
        public int Members { get; set; }
    }
}
