namespace AcmeKestrel.Challenges;

/// <summary>How many look-ups may run at once: one for a key, some for a group of askers, and so many for names of ours and for all others apart.</summary>
internal sealed class LookupBudget<TResult>(int maxForOurs, int maxForOthers, int maxOfGroup, StringComparer keys)
{
    private readonly SingleFlight<TResult> _ours = new(maxForOurs, maxOfGroup, keys);
    private readonly SingleFlight<TResult> _others = new(maxForOthers, maxOfGroup, keys);

    /// <summary>As <see cref="SingleFlight{TResult}.Join"/>.</summary>
    public Task<TResult>? Join(string key, string group, bool isOurs, Func<string, Task<TResult>> start) => (isOurs ? _ours : _others).Join(key, group, start);
}
