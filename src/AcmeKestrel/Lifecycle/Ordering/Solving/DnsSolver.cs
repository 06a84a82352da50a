using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Ordering.Solving;

/// <summary>dns-01, and its kin: the records were written and waited for before (<see cref="PreparingStep"/>), and are removed by whoever does it until it succeeds.</summary>
internal sealed class DnsSolver(string type, DnsCleaner cleaner) : IChallengeSolver
{
    public string Type => type;

    public Task ShowAsync(StateSession session, ChallengeAnswer answer, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Hide(string token) => cleaner.Owe(token);

    public Task RemoveAsync(StateSession session, string token, CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task SweepAsync(StateSession session, IReadOnlySet<string> needed, CancellationToken cancellationToken)
    {
        foreach (var token in await DnsLeftoverRecord.ListAsync(session, cancellationToken).ConfigureAwait(false))
        {
            if (!needed.Contains(token)) cleaner.Owe(token);
        }
    }

    public void Close()
    {
    }
}
