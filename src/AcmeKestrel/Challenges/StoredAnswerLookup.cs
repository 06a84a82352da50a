using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Challenges;

/// <summary>Asks the store for http-01 answers of other processes. Anyone can send tokens: so one question per token at a time, few at once, fewer of one asker, each with a deadline, and what was missing is not asked for again at once.</summary>
internal sealed class StoredAnswerLookup(IStoredAnswers stored, TimeProvider time, ILogger logger)
{
    private const int MaxForOurs = 64;
    private const int MaxForOthers = 16;
    private const int MaxOfAsker = 8;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly LookupBudget<ChallengeAnswer?> _questions = new(MaxForOurs, MaxForOthers, MaxOfAsker, StringComparer.Ordinal);
    private readonly RecentMisses _misses = new(time, StringComparer.Ordinal);

    /// <summary>The stored answer, or null when there is none, the store does not answer in time or too many ask.</summary>
    /// <param name="host">Behind a proxy all askers have one address: the names are told apart then.</param>
    public async ValueTask<ChallengeAnswer?> FindAsync(string host, string token, Asker asker, CancellationToken cancellationToken)
    {
        if (_misses.Has(token)) return null;

        return _questions.Join(token, $"{asker.Network} {host}", asker.AsksForOurs, AskAsync) is { } question ? await question.WaitAsync(cancellationToken) : null;
    }

    private async Task<ChallengeAnswer?> AskAsync(string token)
    {
        ChallengeAnswer? answer = null;
        using var deadline = new CancellationTokenSource(Deadline, time);
        try
        {
            answer = await stored.FindHttp01Async(token, deadline.Token).AsTask().WaitAsync(deadline.Token);
        }
        catch (Exception exception)
        {
            // Whatever ails the store: the probe gets no answer and the application goes on.
            logger.StoredAnswersUnavailable(exception);
        }

        if (answer is null) _misses.Add(token);
        return answer;
    }
}
