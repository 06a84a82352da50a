using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Challenges;

/// <summary>
/// Asks the store for answers of other processes. Anyone can send tokens and server names: so questions take turns, few at once and fewer of one network, each with a deadline, and what was missing
/// is not asked for again at once. Strangers' names have turns of their own, and fewer.
/// </summary>
internal sealed class StoredAnswerLookup(IStoredAnswers stored, TimeProvider time, ILogger logger)
{
    /// <summary>Tokens asked for at once under one name by one network: behind a proxy all askers have one address, and one name must not stand before all others.</summary>
    private const int MaxOfName = 64;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>At most 1,280 questions in a second, 320 of one network; who is the last of 1,024 has waited 3.2 s.</summary>
    private readonly Turns _ours = new(maxAtOnce: 64, maxOfNetwork: 16, maxWaiting: 1024, TimeSpan.FromMilliseconds(50), time);

    /// <summary>At most 160 questions in a second, 40 of one network; who is the last of 128 has waited 3.2 s.</summary>
    private readonly Turns _others = new(maxAtOnce: 16, maxOfNetwork: 4, maxWaiting: 128, TimeSpan.FromMilliseconds(100), time);

    private readonly LookupBudget<ChallengeAnswer?> _questions = new(int.MaxValue, int.MaxValue, MaxOfName, StringComparer.Ordinal);
    private readonly RecentMisses _tokens = new(time, StringComparer.Ordinal);
    private readonly RecentMisses _serverNames = new(time, StringComparer.Ordinal);
    private readonly RareWord _failed = new(time);

    /// <summary>The stored answer, or null when there is none, the store does not answer in time or too many ask.</summary>
    public async ValueTask<ChallengeAnswer?> FindHttp01Async(string host, string token, Asker asker, CancellationToken cancellationToken)
    {
        if (_tokens.Has(token)) return null;
        return Ask($"{ChallengeTypes.Http01} {asker.Network} {host} {token}", host, asker, stop => stored.FindHttp01Async(token, stop), () => _tokens.Add(token)) is { } question
            ? await question.WaitAsync(cancellationToken)
            : null;
    }

    /// <summary>As for http-01. A token cannot be guessed and a name can, so nobody's probe may spoil the CA's: that there was nothing a moment ago counts for strangers' names only, and a question that was under way before this one came for nobody.</summary>
    public async ValueTask<ChallengeAnswer?> FindTlsAlpn01Async(string serverName, Asker asker, CancellationToken cancellationToken)
    {
        var name = serverName.ToLowerInvariant();
        if (!asker.AsksForOurs && _serverNames.Has(name)) return null;

        for (var left = asker.AsksForOurs ? 2 : 1; left > 0; left--)
        {
            if (Ask($"{ChallengeTypes.TlsAlpn01} {asker.Network} {name}", name, asker, stop => stored.FindTlsAlpn01Async(name, stop), asker.AsksForOurs ? null : () => _serverNames.Add(name)) is not { } question) return null;
            if (await question.WaitAsync(cancellationToken) is { } answer) return answer;
        }

        return null;
    }

    /// <summary>One question for each network: nobody waits behind another one's line. Null: too many of that name.</summary>
    private Task<ChallengeAnswer?>? Ask(string key, string name, Asker asker, Func<CancellationToken, ValueTask<ChallengeAnswer?>> find, Action? missed) =>
        _questions.Join(key, $"{asker.Network} {name}", asker.AsksForOurs, _ => AskAsync(asker, find, missed));

    private async Task<ChallengeAnswer?> AskAsync(Asker asker, Func<CancellationToken, ValueTask<ChallengeAnswer?>> find, Action? missed)
    {
        var isItsTurn = false;
        using var deadline = new CancellationTokenSource(Deadline, time);
        try
        {
            return await (asker.AsksForOurs ? _ours : _others).TakeAsync(asker.Network, ReadAsync, deadline.Token);
        }
        catch (OperationCanceledException) when (!isItsTurn)
        {
            return null;
        }
        catch (Exception exception)
        {
            // Whatever ails the store: the probe gets no answer and the application goes on.
            if (_failed.IsDue()) logger.StoredAnswersUnavailable(exception);
            return null;
        }

        async Task<ChallengeAnswer?> ReadAsync()
        {
            isItsTurn = true;
            var answer = await find(deadline.Token).AsTask().WaitAsync(deadline.Token);
            if (answer is null) missed?.Invoke();
            return answer;
        }
    }
}
