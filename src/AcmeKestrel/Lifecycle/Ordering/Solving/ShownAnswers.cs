using System.Collections.Concurrent;
using AcmeKestrel.Challenges;

namespace AcmeKestrel.Lifecycle.Ordering.Solving;

/// <summary>What this process shows, by token: only exactly what was published can be withdrawn.</summary>
internal sealed class ShownAnswers(LiveAnswers live)
{
    private readonly ConcurrentDictionary<string, ChallengeAnswer> _shown = new(StringComparer.Ordinal);

    public void Show(ChallengeAnswer answer)
    {
        _shown[answer.Token] = answer;
        live.Publish(answer);
    }

    public void Hide(string token)
    {
        if (_shown.TryRemove(token, out var answer)) live.Withdraw(answer);
    }

    public void HideAllBut(IReadOnlySet<string> needed)
    {
        foreach (var token in _shown.Keys.Where(token => !needed.Contains(token))) Hide(token);
    }

    public void HideAll()
    {
        foreach (var token in _shown.Keys) Hide(token);
    }
}
