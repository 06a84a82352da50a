using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Answers that another process on the same store wrote.</summary>
internal sealed class StoredAnswers(IAcmeStore store) : IStoredAnswers
{
    public static RecordKey Key(string token) => new(RecordKind.Answer, token);

    public async ValueTask<ChallengeAnswer?> FindHttp01Async(string token, CancellationToken cancellationToken)
    {
        try
        {
            if (await store.ReadAsync(Key(token), cancellationToken).ConfigureAwait(false) is not { } record) return null;

            var answer = RecordCodec.Json(record, "answer.json", OrderingJson.Default.StoredAnswer);
            if (answer.Type != ChallengeTypes.Http01 || answer.Token != token || !AcmeIdentifier.TryParse(answer.Identifier, out var identifier, out _)) return null;
            return new ChallengeAnswer(answer.Type, identifier, answer.Token, answer.KeyAuthorization);
        }
        catch (Exception unusable) when (unusable is DamagedRecordException or StoreUnavailableException or ArgumentException)
        {
            // A probe for a token nobody can answer: the same as one nobody wrote.
            return null;
        }
    }
}
