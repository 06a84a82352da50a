using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Ordering.Solving;

/// <summary>dns-01: its records were written and waited for before (<see cref="PreparingStep"/>), and are removed by whoever does it until it succeeds.</summary>
internal sealed class Dns01Solver(DnsCleaner cleaner) : IChallengeSolver
{
    public string Type => ChallengeTypes.Dns01;

    public Task ShowAsync(StateSession session, ChallengeAnswer answer, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task HideAsync(StateSession session, string token, CancellationToken cancellationToken)
    {
        cleaner.Owe(token);
        return Task.CompletedTask;
    }

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
