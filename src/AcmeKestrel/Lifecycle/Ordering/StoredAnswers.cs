using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Answers that another process on the same store wrote.</summary>
internal sealed class StoredAnswers(IAcmeStore store, StateLease lease) : IStoredAnswers
{
    private const string Part = "answer.json";

    /// <summary>A probe over TLS comes with a name and no token. No token has a colon in it.</summary>
    private const string ServerNames = $"{ChallengeTypes.TlsAlpn01}:";

    private readonly bool _isShared = store.IsShared();

    /// <inheritdoc/>
    public bool AreElsewhere => lease.IsElsewhere;

    /// <summary>All answers to probes over TLS.</summary>
    public static StoreQuery OverTls { get; } = new(RecordKind.Answer) { Prefix = ServerNames };

    public static RecordKey Key(string token) => new(RecordKind.Answer, token);

    public static RecordKey KeyOfServerName(string serverName) => new(RecordKind.Answer, ServerNames + serverName);

    public static bool IsOverTls(RecordKey key) => key.Name.StartsWith(ServerNames, StringComparison.Ordinal);

    public static RecordContent Content(ChallengeAnswer answer) => new([
        RecordCodec.Json(Part, new StoredAnswer(answer.Type, answer.Identifier.Value, answer.Token, answer.KeyAuthorization), OrderingJson.Default.StoredAnswer) with { Secret = true }]);

    /// <exception cref="DamagedRecordException">It is no answer.</exception>
    public static StoredAnswer Read(StoreRecord record) => RecordCodec.Json(record, Part, OrderingJson.Default.StoredAnswer);

    public async ValueTask<ChallengeAnswer?> FindHttp01Async(string token, CancellationToken cancellationToken) =>
        await FindAsync(Key(token), ChallengeTypes.Http01, cancellationToken).ConfigureAwait(false) is { } answer && answer.Token == token ? answer : null;

    public async ValueTask<ChallengeAnswer?> FindTlsAlpn01Async(string serverName, CancellationToken cancellationToken)
    {
        if (!_isShared) return null;

        var name = serverName.ToLowerInvariant();
        return await FindAsync(KeyOfServerName(name), ChallengeTypes.TlsAlpn01, cancellationToken).ConfigureAwait(false) is { } answer && LiveAnswers.ServerName(answer.Identifier) == name ? answer : null;
    }

    private async ValueTask<ChallengeAnswer?> FindAsync(RecordKey key, string type, CancellationToken cancellationToken)
    {
        try
        {
            if (await store.ReadAsync(key, cancellationToken).ConfigureAwait(false) is not { } record) return null;

            var answer = Read(record);
            if (answer.Type != type || !AcmeIdentifier.TryParse(answer.Identifier, out var identifier, out _)) return null;
            return new ChallengeAnswer(answer.Type, identifier, answer.Token, answer.KeyAuthorization);
        }
        catch (Exception unusable) when (unusable is DamagedRecordException or StoreUnavailableException or ArgumentException)
        {
            // A probe for a token nobody can answer: the same as one nobody wrote.
            return null;
        }
    }
}
