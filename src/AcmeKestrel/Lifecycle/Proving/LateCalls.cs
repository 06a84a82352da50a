using System.Collections.Concurrent;

namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>Providers at work on a record after their deadline, by token: nobody waits for their answer, and what they do yet counts.</summary>
internal sealed class LateCalls
{
    private readonly ConcurrentDictionary<string, Task> _late = new(StringComparer.Ordinal);

    public void Add(string token, Task call)
    {
        // A challenge that was begun anew by this process may have more than one.
        var all = _late.AddOrUpdate(token, call, (_, earlier) => Task.WhenAll(earlier, call));
        _ = ForgetAsync();

        async Task ForgetAsync()
        {
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _late.TryRemove(new KeyValuePair<string, Task>(token, all));
        }
    }

    /// <summary>Ends when all have come to their end; null: there is none.</summary>
    public Task? Find(string token) => _late.TryGetValue(token, out var late) && !late.IsCompleted ? late : null;
}
