using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;

namespace AcmeKestrel.Tests.Challenges;

/// <summary>What another process has stored, and who asked for it.</summary>
internal sealed class AnswersElsewhere : IStoredAnswers
{
    private readonly ConcurrentDictionary<string, ChallengeAnswer> _more = new(StringComparer.Ordinal);
    private int _questions;

    public bool AreElsewhere => true;

    public ChallengeAnswer? Answer { get; set; }

    public TaskCompletionSource? Gate { get; set; }

    public int Questions => Volatile.Read(ref _questions);

    /// <summary>Tokens and names.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public void Add(ChallengeAnswer answer) => _more[answer.Type == ChallengeTypes.Http01 ? answer.Token : answer.Identifier.Value] = answer;

    public ValueTask<ChallengeAnswer?> FindHttp01Async(string token, CancellationToken cancellationToken) => FindAsync(token, Answer?.Token == token);

    public ValueTask<ChallengeAnswer?> FindTlsAlpn01Async(string serverName, CancellationToken cancellationToken) =>
        FindAsync(serverName, Answer?.Identifier.Value.Equals(serverName, StringComparison.OrdinalIgnoreCase) is true);

    private async ValueTask<ChallengeAnswer?> FindAsync(string key, bool isAnswer)
    {
        Asked.Enqueue(key);
        Interlocked.Increment(ref _questions);
        var found = isAnswer ? Answer : _more.GetValueOrDefault(key);
        if (Gate is not null) await Gate.Task;
        return found;
    }
}
