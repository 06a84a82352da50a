using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace AcmeKestrel.Challenges;

/// <summary>Answers by name or token, the latest first: two orders for one name may be validated at once, and the end of one must not take away the other's answer.</summary>
internal sealed class AnswersByName(StringComparer names)
{
    private readonly ConcurrentDictionary<string, ChallengeAnswer[]> _answers = new(names);

    /// <summary>All of them, in no order.</summary>
    public IEnumerable<ChallengeAnswer> All => _answers.Values.SelectMany(answers => answers);

    public bool IsEmpty => _answers.IsEmpty;

    public void Add(string name, ChallengeAnswer answer) =>
        _answers.AddOrUpdate(name, static (_, added) => [added], static (_, others, added) => [added, .. others.Where(other => other != added)], answer);

    public void Remove(string name, ChallengeAnswer answer)
    {
        while (_answers.TryGetValue(name, out var answers))
        {
            var rest = Array.FindAll(answers, other => other != answer);
            if (rest.Length == answers.Length) return;
            if (rest.Length > 0 ? _answers.TryUpdate(name, rest, answers) : _answers.TryRemove(new(name, answers))) return;
        }
    }

    public bool TryFind(string name, [NotNullWhen(true)] out ChallengeAnswer? answer) => TryFind(name, static _ => true, out answer);

    public bool TryFind(string name, Predicate<ChallengeAnswer> match, [NotNullWhen(true)] out ChallengeAnswer? answer) =>
        (answer = _answers.TryGetValue(name, out var answers) ? Array.Find(answers, match) : null) is not null;
}
