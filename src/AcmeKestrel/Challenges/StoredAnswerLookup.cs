using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Challenges;

/// <summary>Asks the store for answers of other processes. Anyone can send tokens and server names: so one question for each at a time, few at once, fewer of one asker, each with a deadline, and what was missing is not asked for again at once.</summary>
internal sealed class StoredAnswerLookup(IStoredAnswers stored, TimeProvider time, ILogger logger)
{
    private const int MaxForOurs = 64;
    private const int MaxForOthers = 16;
    private const int MaxOfAsker = 8;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly Questions _byToken = new(stored.FindHttp01Async, StringComparer.Ordinal, time, logger);
    private readonly Questions _byServerName = new(stored.FindTlsAlpn01Async, StringComparer.OrdinalIgnoreCase, time, logger);

    /// <summary>The stored answer, or null when there is none, the store does not answer in time or too many ask.</summary>
    /// <param name="host">Behind a proxy all askers have one address: the names are told apart then.</param>
    public async ValueTask<ChallengeAnswer?> FindHttp01Async(string host, string token, Asker asker, CancellationToken cancellationToken)
    {
        if (_byToken.IsMissing(token)) return null;

        var question = _byToken.Ask(token, $"{asker.Network} {host}", asker.AsksForOurs);
        var answer = question is null ? null : await question.WaitAsync(cancellationToken);
        if (question is not null && answer is null) _byToken.Remember(token);
        return answer;
    }

    /// <summary>As for http-01, and a CA that validates many names at once comes from one network. A token cannot be guessed and a name can, so nobody's probe may spoil the CA's: that there was nothing a moment ago counts for strangers' names only, and a question that was under way before this one came for nobody.</summary>
    public async ValueTask<ChallengeAnswer?> FindTlsAlpn01Async(string serverName, Asker asker, CancellationToken cancellationToken)
    {
        if (_byServerName.IsMissing(serverName)) return null;

        for (var left = asker.AsksForOurs ? 2 : 1; left > 0; left--)
        {
            if (_byServerName.Ask(serverName, $"{asker.Network} {serverName}", asker.AsksForOurs) is not { } question) return null;
            if (await question.WaitAsync(cancellationToken) is { } answer) return answer;
        }

        if (!asker.AsksForOurs) _byServerName.Remember(serverName);
        return null;
    }

    private sealed class Questions(Func<string, CancellationToken, ValueTask<ChallengeAnswer?>> find, StringComparer keys, TimeProvider time, ILogger logger)
    {
        private readonly LookupBudget<ChallengeAnswer?> _questions = new(MaxForOurs, MaxForOthers, MaxOfAsker, keys);
        private readonly RecentMisses _misses = new(time, keys);

        public bool IsMissing(string key) => _misses.Has(key);

        public void Remember(string key) => _misses.Add(key);

        public Task<ChallengeAnswer?>? Ask(string key, string group, bool isOurs) => _questions.Join(key, group, isOurs, AskAsync);

        private async Task<ChallengeAnswer?> AskAsync(string key)
        {
            using var deadline = new CancellationTokenSource(Deadline, time);
            try
            {
                return await find(key, deadline.Token).AsTask().WaitAsync(deadline.Token);
            }
            catch (Exception exception)
            {
                // Whatever ails the store: the probe gets no answer and the application goes on.
                logger.StoredAnswersUnavailable(exception);
                return null;
            }
        }
    }
}
