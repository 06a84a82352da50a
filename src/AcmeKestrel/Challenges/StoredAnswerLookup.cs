using System.Collections.Concurrent;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Challenges;

/// <summary>Asks the store for http-01 answers of other processes. Anyone can send tokens: so one question per token at a time, few at once, each with a deadline, and what was missing is not asked for again at once.</summary>
internal sealed class StoredAnswerLookup(IStoredAnswers stored, TimeProvider time, ILogger logger)
{
    private const int MaxQuestions = 32;
    private const int MaxRemembered = 1024;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MissLifetime = TimeSpan.FromSeconds(2);

    private readonly SingleFlight<ChallengeAnswer?> _questions = new(MaxQuestions, StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _misses = new(StringComparer.Ordinal);

    /// <summary>The stored answer, or null when there is none, the store does not answer in time or too many ask.</summary>
    public async ValueTask<ChallengeAnswer?> FindAsync(string token, CancellationToken cancellationToken)
    {
        if (_misses.TryGetValue(token, out var since) && IsFresh(since)) return null;

        return _questions.Join(token, AskAsync) is { } question ? await question.WaitAsync(cancellationToken) : null;
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

        if (answer is null) Remember(token);
        return answer;
    }

    private void Remember(string token)
    {
        if (_misses.Count >= MaxRemembered)
        {
            foreach (var (old, since) in _misses)
            {
                if (!IsFresh(since)) _misses.TryRemove(old, out _);
            }
        }

        if (_misses.Count < MaxRemembered) _misses[token] = time.GetTimestamp();
    }

    private bool IsFresh(long since) => time.GetElapsedTime(since) < MissLifetime;
}
