using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Ordering.Solving;

/// <summary>dns-persist-01: what the CA looks for is there already, set by the operator and waited for before (<see cref="PreparingStep"/>), and stays.</summary>
internal sealed class PermanentSolver : IChallengeSolver
{
    public string Type => ChallengeTypes.DnsPersist01;

    public Task ShowAsync(StateSession session, ChallengeAnswer answer, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Hide(string token)
    {
    }
}
