using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.Soak;

/// <summary>The certificates of one name, one after the other, and which of them a handshake that begins now may be shown.</summary>
internal sealed class Succession(string name, TestCa ca)
{
    private readonly List<byte[]> _leaves = [];
    private volatile int _oldest;

    public string Name => name;

    /// <summary>The id of the last one.</summary>
    public string? Last { get; private set; }

    /// <summary>The number of the one that is published for certain: whoever comes now must not be shown one before it.</summary>
    public int Oldest => _oldest;

    /// <summary>A newer one, which is not published yet. One caller at a time.</summary>
    public Generation Issue()
    {
        var issued = ca.Issue(name);
        var generation = issued with { Id = GenerationId.Of(GenerationId.NextStamp(Last, DateTimeOffset.UtcNow), issued.Origin.OrderUrl) };
        Last = generation.Id;
        lock (_leaves) _leaves.Add(generation.Chain.Leaf.ToArray());
        return generation;
    }

    /// <summary>The last one is published.</summary>
    public void Published()
    {
        lock (_leaves) _oldest = _leaves.Count - 1;
    }

    /// <summary>Which one a client was shown; -1: none of them.</summary>
    public int NumberOf(byte[] leaf)
    {
        lock (_leaves) return _leaves.FindLastIndex(own => own.AsSpan().SequenceEqual(leaf));
    }
}
