using AcmeKestrel.Challenges;
using Microsoft.AspNetCore.Connections;

namespace AcmeKestrel.Serving;

/// <summary>
/// The <c>acme-tls/1</c> handshakes under way. A CA's is over in a moment, and one that is stalled on purpose is not: where there are too many, the one that began first has to go, and it is one of the
/// network, or for the answer, that has too many.
/// </summary>
internal sealed class OpenProbes(ServingLimits limits)
{
    private readonly LinkedList<Probe> _open = [];
    private readonly Lock _gate = new();

    /// <summary>Until it is given to <see cref="Leave"/>.</summary>
    public LinkedListNode<Probe> Enter(ConnectionContext connection, ChallengeAnswer answer, string network)
    {
        var probe = new Probe(connection, answer, network);
        var surplus = new List<Probe>();
        LinkedListNode<Probe> entered;
        lock (_gate)
        {
            while (Surplus(probe) is { } oldest)
            {
                _open.Remove(oldest);
                surplus.Add(oldest.Value);
            }

            entered = _open.AddLast(probe);
        }

        foreach (var gone in surplus) gone.Connection.Abort(new ConnectionAbortedException("Too many acme-tls/1 probes at once."));
        return entered;
    }

    public void Leave(LinkedListNode<Probe> probe)
    {
        lock (_gate)
        {
            if (probe.List is not null) _open.Remove(probe);
        }
    }

    /// <summary>The narrowest bound first, so that who stalls many makes room for himself.</summary>
    private LinkedListNode<Probe>? Surplus(Probe next) =>
        Oldest(limits.MaxProbesOfAskerAndAnswer, open => open.Network == next.Network && open.Answer == next.Answer)
        ?? Oldest(limits.MaxProbesOfAsker, open => open.Network == next.Network)
        ?? Oldest(limits.MaxProbesOfAnswer, open => open.Answer == next.Answer)
        ?? Oldest(limits.MaxProbes, static _ => true);

    /// <summary>Of those, where there are as many as there may be.</summary>
    private LinkedListNode<Probe>? Oldest(int most, Predicate<Probe> isOne)
    {
        LinkedListNode<Probe>? oldest = null;
        var count = 0;
        for (var open = _open.First; open is not null; open = open.Next)
        {
            if (!isOne(open.Value)) continue;

            oldest ??= open;
            count++;
        }

        return count >= most ? oldest : null;
    }

    internal sealed record Probe(ConnectionContext Connection, ChallengeAnswer Answer, string Network);
}
