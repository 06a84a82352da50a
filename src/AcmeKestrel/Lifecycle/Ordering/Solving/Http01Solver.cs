using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Ordering.Solving;

/// <summary>http-01: live here, and on record for other processes that a probe may reach.</summary>
internal sealed class Http01Solver(LiveAnswers live) : IChallengeSolver
{
    private readonly ShownAnswers _shown = new(live);

    public string Type => ChallengeTypes.Http01;

    public async Task ShowAsync(StateSession session, ChallengeAnswer answer, CancellationToken cancellationToken)
    {
        await session.WriteAsync(StoredAnswers.Key(answer.Token), StoredAnswers.Content(answer), cancellationToken).ConfigureAwait(false);
        _shown.Show(answer);
    }

    public void Hide(string token) => _shown.Hide(token);

    public async Task RemoveAsync(StateSession session, string token, CancellationToken cancellationToken) =>
        await session.DeleteAsync(StoredAnswers.Key(token), cancellationToken).ConfigureAwait(false);

    public async Task SweepAsync(StateSession session, IReadOnlySet<string> needed, CancellationToken cancellationToken)
    {
        _shown.HideAllBut(needed);
        var left = new List<StoreRecord>();
        await foreach (var record in session.ListAsync(new StoreQuery(RecordKind.Answer), cancellationToken).ConfigureAwait(false))
        {
            if (record.Error is null && !StoredAnswers.IsOverTls(record.Key) && !needed.Contains(record.Key.Name)) left.Add(record);
        }

        foreach (var record in left)
        {
            try
            {
                await session.DeleteAsync(record.Key, record.Version, cancellationToken).ConfigureAwait(false);
            }
            catch (StoreUnavailableException)
            {
                // It harms nobody, and whoever takes the state next removes it: nothing waits for that.
            }
        }
    }

    public void Close() => _shown.HideAll();
}
