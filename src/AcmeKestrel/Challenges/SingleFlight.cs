namespace AcmeKestrel.Challenges;

/// <summary>One call per key at a time, whose result everyone who asks meanwhile shares, and only so many keys at once, in all and of one group: what hostile input may trigger must be bounded.</summary>
internal sealed class SingleFlight<TResult>(int maxFlights, int maxOfGroup, StringComparer keys)
{
    private readonly Dictionary<string, Task<TResult>> _flights = new(keys);
    private readonly Dictionary<string, int> _groups = new(keys);
    private readonly Lock _gate = new();

    /// <summary>The running flight for the key or a new one; null when there are too many. <paramref name="start"/> sets its own deadline and does not throw.</summary>
    public Task<TResult>? Join(string key, string group, Func<string, Task<TResult>> start)
    {
        lock (_gate)
        {
            if (_flights.TryGetValue(key, out var running)) return running;

            var ofGroup = _groups.GetValueOrDefault(group);
            if (_flights.Count >= maxFlights || ofGroup >= maxOfGroup) return null;

            _groups[group] = ofGroup + 1;
            return _flights[key] = FlyAsync(key, group, start);
        }
    }

    private async Task<TResult> FlyAsync(string key, string group, Func<string, Task<TResult>> start)
    {
        // Off the caller's stack: the flight must be on the list before it can end, and nothing foreign runs under the lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            return await start(key);
        }
        finally
        {
            lock (_gate)
            {
                _flights.Remove(key);
                if (--_groups[group] == 0) _groups.Remove(group);
            }
        }
    }
}
