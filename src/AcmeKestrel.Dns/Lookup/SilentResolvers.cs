using System.Collections.Concurrent;
using System.Net;

namespace AcmeKestrel.Dns.Lookup;

/// <summary>
/// In which order resolvers are asked: as they are named, but who let somebody wait in vain comes last for a while. A look asks one question after the other, and paying for the same silence with each would take longer than a look may.
/// </summary>
internal sealed class SilentResolvers(TimeProvider time)
{
    private static readonly TimeSpan Last = TimeSpan.FromMinutes(1);

    /// <summary>When each was silent.</summary>
    private readonly ConcurrentDictionary<IPEndPoint, long> _silent = new();

    public IReadOnlyList<IPEndPoint> InOrder(IReadOnlyList<IPEndPoint> resolvers) => [.. resolvers.OrderBy(IsSilent)];

    public void Heard(IPEndPoint resolver, DnsSaying saying)
    {
        if (saying.IsSilence) _silent[resolver] = time.GetTimestamp();
        else _silent.TryRemove(resolver, out _);
    }

    private bool IsSilent(IPEndPoint resolver) => _silent.TryGetValue(resolver, out var since) && time.GetElapsedTime(since) < Last;
}
