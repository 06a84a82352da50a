using System.Collections.Concurrent;

namespace AcmeKestrel.Tests.Soak;

/// <summary>Things that connections had which hold memory outside .NET's, those that are closed forgotten now and then.</summary>
internal sealed class OpenContexts<T>(Func<T, bool> isClosed)
    where T : class
{
    private const int TidiedAfter = 4096;

    private readonly ConcurrentDictionary<T, bool> _seen = new(ReferenceEqualityComparer.Instance);
    private int _count;

    /// <summary>All there ever were.</summary>
    public int Count => _count;

    public IReadOnlyList<T> Open => [.. _seen.Keys.Where(one => !isClosed(one))];

    public void See(T one)
    {
        if (!_seen.TryAdd(one, true) || Interlocked.Increment(ref _count) % TidiedAfter != 0) return;

        foreach (var closed in _seen.Keys.Where(isClosed)) _seen.TryRemove(closed, out _);
    }
}
