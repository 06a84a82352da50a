using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Lays out an order's answers, takes them away, and counts what came of them.</summary>
/// <param name="door">Null: nothing is looked at.</param>
internal sealed class AnswerDesk(LiveAnswers live, ValidationMetrics metrics, IFrontDoor? door = null)
{
    /// <summary>Of an order with a hundred names a few tell enough.</summary>
    private const int MaxLooks = 5;

    /// <summary>What this process shows, by token: only exactly what was published can be withdrawn.</summary>
    private readonly ConcurrentDictionary<string, ChallengeAnswer> _shown = new(StringComparer.Ordinal);

    public async Task PublishAsync(StateSession session, OrderProgress.Answering answering, AcmeAccountKey key, CancellationToken cancellationToken)
    {
        foreach (var challenge in answering.Challenges)
        {
            var answer = new ChallengeAnswer(challenge.Type, AcmeIdentifier.Parse(challenge.Identifier), challenge.Token, key.KeyAuthorization(challenge.Token));
            await ShowAsync(session, answer, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Lays out an http-01 answer that no CA wants, looks for it as one does, and takes it away. What a kill leaves of it is swept at the next start.</summary>
    public async Task<IReadOnlyList<AcmeHttpTestVisit>> TryAsync(StateSession session, AcmeIdentifier name, CancellationToken cancellationToken)
    {
        if (door is null) return [];

        var token = RandomToken();
        try
        {
            var answer = new ChallengeAnswer(ChallengeTypes.Http01, name, token, $"{token}.{RandomToken()}");
            await ShowAsync(session, answer, cancellationToken).ConfigureAwait(false);
            return await door.VisitAsync(answer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Hide(token);
            await session.DeleteAsync(StoredAnswers.Key(token), CancellationToken.None).ConfigureAwait(false);
        }

        static string RandomToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
    }

    /// <summary>Why a CA would not find one of the answers, as far as can be seen from here; null: nothing speaks against it.</summary>
    public async Task<string?> FindFaultAsync(OrderProgress.Answering answering, CancellationToken cancellationToken)
    {
        if (door is null) return null;

        var looks = answering.Challenges.Take(MaxLooks).Select(challenge => _shown.GetValueOrDefault(challenge.Token)).OfType<ChallengeAnswer>().Select(answer => door.FindFaultAsync(answer, cancellationToken));
        return (await Task.WhenAll(looks).ConfigureAwait(false)).FirstOrDefault(fault => fault is not null);
    }

    public async Task WithdrawAsync(StateSession session, OrderProgress.Answering answering, CancellationToken cancellationToken)
    {
        foreach (var challenge in answering.Challenges)
        {
            Hide(challenge.Token);
            if (challenge.Type == ChallengeTypes.Http01) await session.DeleteAsync(StoredAnswers.Key(challenge.Token), cancellationToken).ConfigureAwait(false);
        }
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
        foreach (var token in _shown.Keys) Hide(token);
    }

    /// <summary>Removes the answers that no order in flight needs: a kill may have come between an order's end and its tidying up, or another process ended the order.</summary>
    public async Task SweepAsync(StateSession session, IEnumerable<PendingOrder> inFlight, CancellationToken cancellationToken)
    {
        var needed = inFlight.Select(order => order.Progress).OfType<OrderProgress.Answering>().SelectMany(answering => answering.Challenges).Select(challenge => challenge.Token).ToHashSet(StringComparer.Ordinal);
        foreach (var token in _shown.Keys.Where(token => !needed.Contains(token))) Hide(token);

        var left = new List<StoreRecord>();
        await foreach (var record in session.ListAsync(new StoreQuery(RecordKind.Answer), cancellationToken).ConfigureAwait(false))
        {
            if (record.Error is null && !needed.Contains(record.Key.Name)) left.Add(record);
        }

        foreach (var record in left) await session.DeleteAsync(record.Key, record.Version, cancellationToken).ConfigureAwait(false);
    }

    private async Task ShowAsync(StateSession session, ChallengeAnswer answer, CancellationToken cancellationToken)
    {
        if (answer.Type == ChallengeTypes.Http01) await session.WriteAsync(StoredAnswers.Key(answer.Token), Content(answer), cancellationToken).ConfigureAwait(false);
        _shown[answer.Token] = answer;
        live.Publish(answer);
    }

    private void Hide(string token)
    {
        if (_shown.TryRemove(token, out var answer)) live.Withdraw(answer);
    }

    /// <summary>Only http-01 is ever asked of the store (a tls-alpn-01 miss reads no disk), so only it is kept.</summary>
    private static RecordContent Content(ChallengeAnswer answer) => new([
        RecordCodec.Json(
            "answer.json",
            new StoredAnswer(answer.Type, answer.Identifier.Value, answer.Token, answer.KeyAuthorization),
            OrderingJson.Default.StoredAnswer) with { Secret = true }]);
}
