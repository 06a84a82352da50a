using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Ordering.Solving;

/// <summary>Shows the answers to challenges of one type where a CA looks for them. Who keeps and shows nothing by himself has nothing to take away.</summary>
internal interface IChallengeSolver
{
    string Type { get; }

    /// <summary>The CA is told when it returns. Showing an answer twice is harmless.</summary>
    Task ShowAsync(StateSession session, ChallengeAnswer answer, CancellationToken cancellationToken);

    /// <summary>Nobody needs the answer any more, whoever showed it: this process shows it no longer, whatever ails the store.</summary>
    void Hide(string token);

    /// <summary>Removes what is kept of an answer that was hidden.</summary>
    Task RemoveAsync(StateSession session, string token, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Takes away what is left of others than these: a kill may have come between an order's end and its tidying up.</summary>
    Task SweepAsync(StateSession session, IReadOnlySet<string> needed, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>This process shows nothing any more; what is kept stays for whoever goes on.</summary>
    void Close()
    {
    }
}
