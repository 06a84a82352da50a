using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Protocol.Answers;

/// <summary>Reads authorizations and challenges (RFC 8555 sections 7.1.4 and 8).</summary>
internal static class AuthorizationReader
{
    /// <summary>128 bits in base64url (RFC 8555 section 8.1).</summary>
    private const int MinTokenLength = 22;

    public static AcmeAuthorization Read(AcmeResponse response, string url) => JsonAnswer.Read(response, "authorization", json =>
    {
        // An authorization for something else than was ordered has nobody who could answer it.
        var identifier = json.Object("identifier")?.Identifier()
            ?? throw new AcmeException(AcmeFault.Protocol, $"{AcmeUrl.Show(url)} is no authorization for a name or an address.");

        // Some private CAs put the wildcard into the value, against RFC 8555 section 7.1.4.
        var bare = identifier.IsWildcard ? AcmeIdentifier.Parse(identifier.Value[2..]) : identifier;
        var isWildcard = identifier.IsWildcard || json.Flag("wildcard");
        return new AcmeAuthorization(url, bare, json.Status(), isWildcard, [.. json.Items("challenges").Select(item => Challenge(item, retryAfter: null)).OfType<AcmeChallenge>()])
        {
            Expires = json.Time("expires"),
            RetryAfter = response.RetryAfter,
        };
    });

    public static AcmeChallenge ReadChallenge(AcmeResponse response) => JsonAnswer.Read(response, "challenge", json => Challenge(json, response.RetryAfter))
        ?? throw new AcmeException(AcmeFault.Protocol, $"{AcmeUrl.Show(response.Url)} answered with a challenge that has no type or no URL.");

    /// <summary>Null for an entry that no client could use, because it has no type or no URL.</summary>
    private static AcmeChallenge? Challenge(JsonElement json, TimeSpan? retryAfter)
    {
        if (json.ValueKind != JsonValueKind.Object || json.Words("type") is not { } type || json.OptionalUrl("url") is not { } url) return null;

        var isOfHashes = json.TryGetProperty(PersistReader.Names02, out _);
        return new AcmeChallenge(type, url, json.Status(), json.Text("token") is { } token && IsToken(token) ? token : null)
        {
            Error = json.Object("error") is { } error ? ProblemReader.Read(error) : null,
            RetryAfter = retryAfter,
            IsOfHashes = isOfHashes,
            IssuerDomainNames = PersistReader.Names(json, isOfHashes ? PersistReader.Names02 : PersistReader.Names00),
            AccountUri = json.Text("accounturi") is { } account && PersistReader.IsParameter(account) ? account : null,
        };
    }

    /// <summary>It becomes part of a path. One that is never looked up would be accepted and never answered.</summary>
    private static bool IsToken(string token) => token.Length >= MinTokenLength && ChallengeToken.IsWellFormed(token);
}
