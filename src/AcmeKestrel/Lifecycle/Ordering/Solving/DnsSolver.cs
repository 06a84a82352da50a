using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Ordering.Solving;

/// <summary>dns-01, and its kin: the records were written and waited for before (<see cref="PreparingStep"/>), and are removed by whoever does it until it succeeds.</summary>
internal sealed class DnsSolver(string type, DnsDebts debts) : IChallengeSolver
{
    public string Type => type;

    public Task ShowAsync(StateSession session, ChallengeAnswer answer, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Hide(string token) => debts.Owe(token);

    public Task RemoveAsync(StateSession session, string token, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Records of all types are swept as one (<see cref="DnsSweep"/>).</summary>
    public Task SweepAsync(StateSession session, IReadOnlySet<string> needed, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Close()
    {
    }
}
