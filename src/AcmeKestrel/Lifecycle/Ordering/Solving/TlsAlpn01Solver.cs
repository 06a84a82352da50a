using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Ordering.Solving;

/// <summary>tls-alpn-01: live in this process and nowhere else; a miss reads no disk.</summary>
internal sealed class TlsAlpn01Solver(LiveAnswers live) : IChallengeSolver
{
    private readonly ShownAnswers _shown = new(live);

    public string Type => ChallengeTypes.TlsAlpn01;

    public Task ShowAsync(StateSession session, ChallengeAnswer answer, CancellationToken cancellationToken)
    {
        _shown.Show(answer);
        return Task.CompletedTask;
    }

    public Task HideAsync(StateSession session, string token, CancellationToken cancellationToken)
    {
        _shown.Hide(token);
        return Task.CompletedTask;
    }

    public Task SweepAsync(StateSession session, IReadOnlySet<string> needed, CancellationToken cancellationToken)
    {
        _shown.HideAllBut(needed);
        return Task.CompletedTask;
    }

    public void Close() => _shown.HideAll();
}
