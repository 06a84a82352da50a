using System.Buffers.Text;
using System.Security.Cryptography;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Ordering.Solving;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Lays out an order's answers, takes them away, and counts what came of them.</summary>
/// <param name="solvers">One for each challenge type.</param>
/// <param name="door">Null: nothing is looked at.</param>
internal sealed class AnswerDesk(IEnumerable<IChallengeSolver> solvers, DnsDesk records, DnsSweep sweep, ValidationMetrics metrics, IFrontDoor? door = null)
{
    /// <summary>Of an order with a hundred names a few tell enough.</summary>
    private const int MaxLooks = 5;

    /// <summary>Answers that somebody else has to write, before the others are laid out.</summary>
    public DnsDesk Records { get; } = records;

    private readonly Dictionary<string, IChallengeSolver> _solvers = solvers.ToDictionary(solver => solver.Type, StringComparer.Ordinal);

    public async Task PublishAsync(StateSession session, OrderProgress.Answering answering, AcmeAccountKey key, CancellationToken cancellationToken)
    {
        foreach (var challenge in answering.Challenges) await _solvers[challenge.Type].ShowAsync(session, AnswerTo(challenge, key), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lays out an http-01 answer that no CA wants, looks for it as one does, and takes it away. What a kill leaves of it is swept at the next start.</summary>
    public async Task<IReadOnlyList<AcmeHttpTestVisit>> TryAsync(StateSession session, AcmeIdentifier name, CancellationToken cancellationToken)
    {
        if (door is null) return [];

        var (solver, token) = (_solvers[ChallengeTypes.Http01], RandomToken());
        try
        {
            var answer = new ChallengeAnswer(ChallengeTypes.Http01, name, token, $"{token}.{RandomToken()}");
            await solver.ShowAsync(session, answer, cancellationToken).ConfigureAwait(false);
            return await door.VisitAsync(answer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            solver.Hide(token);
            await solver.RemoveAsync(session, token, CancellationToken.None).ConfigureAwait(false);
        }

        static string RandomToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
    }

    /// <summary>Why a CA would not find one of the answers, as far as can be seen from here; null: nothing speaks against it.</summary>
    public async Task<string?> FindFaultAsync(OrderProgress.Answering answering, AcmeAccountKey key, CancellationToken cancellationToken)
    {
        if (door is null) return null;

        // Records in DNS were looked for before.
        var looks = answering.Challenges.Where(challenge => !ChallengeTypes.IsByDns(challenge.Type)).Take(MaxLooks).Select(challenge => door.FindFaultAsync(AnswerTo(challenge, key), cancellationToken));
        return (await Task.WhenAll(looks).ConfigureAwait(false)).FirstOrDefault(fault => fault is not null);
    }

    public async Task WithdrawAsync(StateSession session, OrderProgress.Chosen chosen, CancellationToken cancellationToken)
    {
        // A record may name a type that this version does not know.
        var known = chosen.Challenges.Where(challenge => _solvers.ContainsKey(challenge.Type)).ToList();
        foreach (var challenge in known) _solvers[challenge.Type].Hide(challenge.Token);
        foreach (var challenge in known) await _solvers[challenge.Type].RemoveAsync(session, challenge.Token, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The CA has validated all names.</summary>
    public void CountValid(Provider provider, OrderProgress.Answering answering)
    {
        foreach (var challenge in answering.Challenges) metrics.Ended(provider.Name, challenge.Type, ValidationOutcome.Valid);
    }

    /// <summary>The order ended without that: what the CA says of each name. One that nobody has looked at is no validation.</summary>
    /// <param name="open">What it counts as that the CA has not looked at a name; null: nothing.</param>
    public void CountEnded(Provider provider, OrderProgress.Answering answering, IReadOnlyCollection<AcmeAuthorization> authorizations, ValidationOutcome? open = null)
    {
        foreach (var challenge in answering.Challenges)
        {
            var status = authorizations.FirstOrDefault(authorization => authorization.Url == challenge.AuthorizationUrl)?.Status;
            var outcome = status is AcmeStatus.Valid ? ValidationOutcome.Valid : status is AcmeStatus.Invalid ? ValidationOutcome.Invalid : open;
            if (outcome is { } counted) metrics.Ended(provider.Name, challenge.Type, counted);
        }
    }

    /// <summary>The process stops: it shows nothing any more. Kept answers stay with their orders, for whoever goes on with those.</summary>
    public void Close()
    {
        foreach (var solver in _solvers.Values) solver.Close();
    }

    /// <summary>Removes the answers that no order in flight needs: a kill may have come between an order's end and its tidying up, or another process ended the order.</summary>
    /// <param name="unread">Labels whose order cannot be read now.</param>
    public async Task SweepAsync(StateSession session, IEnumerable<PendingOrder> inFlight, IReadOnlySet<string> unread, CancellationToken cancellationToken)
    {
        var needed = inFlight.Select(order => order.Progress).OfType<OrderProgress.Chosen>().SelectMany(chosen => chosen.Challenges).Select(challenge => challenge.Token).ToHashSet(StringComparer.Ordinal);
        foreach (var solver in _solvers.Values) await solver.SweepAsync(session, needed, cancellationToken).ConfigureAwait(false);
        await sweep.RunAsync(session, needed, unread, cancellationToken).ConfigureAwait(false);
    }

    private static ChallengeAnswer AnswerTo(ChosenChallenge challenge, AcmeAccountKey key) => new(challenge.Type, AcmeIdentifier.Parse(challenge.Identifier), challenge.Token, key.KeyAuthorization(challenge.Token));
}
