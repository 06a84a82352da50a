using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Ordering.Solving;

/// <summary>dns-01, and its kin: the records were written and waited for before (<see cref="PreparingStep"/>), and are removed by whoever does it until it succeeds, what is left of all types as one (<see cref="DnsSweep"/>).</summary>
internal sealed class DnsSolver(string type, DnsDebts debts) : IChallengeSolver
{
    public string Type => type;

    public Task ShowAsync(StateSession session, ChallengeAnswer answer, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Hide(string token) => debts.Owe(token);
}
