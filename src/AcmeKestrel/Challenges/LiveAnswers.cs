using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using AcmeKestrel.Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Challenges;

/// <summary>The answers that are live now, found by token (http-01) or server name (tls-alpn-01).</summary>
internal sealed class LiveAnswers(TimeProvider time, IStoredAnswers? stored = null, ILogger<LiveAnswers>? logger = null)
{
    private readonly ConcurrentDictionary<(string Host, string Token), ChallengeAnswer> _byToken = new();
    private readonly ConcurrentDictionary<string, ChallengeAnswer> _byServerName = new(StringComparer.OrdinalIgnoreCase);
    private readonly StoredAnswerLookup? _elsewhere =
        stored is null ? null : new StoredAnswerLookup(stored, time, logger ?? NullLogger<LiveAnswers>.Instance);

    /// <summary>Begins to give the answer. Publishing it twice is harmless.</summary>
    public void Publish(ChallengeAnswer answer)
    {
        if (answer.Type == ChallengeTypes.Http01) _byToken[TokenKey(answer)] = answer;
        if (answer.Type == ChallengeTypes.TlsAlpn01) _byServerName[ServerName(answer.Identifier)] = answer;
    }

    /// <summary>Stops giving the answer; a later one for the same name stays.</summary>
    public void Withdraw(ChallengeAnswer answer)
    {
        if (answer.Type == ChallengeTypes.Http01) _byToken.TryRemove(new(TokenKey(answer), answer));
        if (answer.Type == ChallengeTypes.TlsAlpn01) _byServerName.TryRemove(new(ServerName(answer.Identifier), answer));
    }

    /// <summary>The key authorization for a token issued for exactly this host, or null (promise 9).</summary>
    public ValueTask<string?> FindHttp01Async(string host, string token, CancellationToken cancellationToken)
    {
        if (!ChallengeToken.IsWellFormed(token)) return default;

        host = Canonical(host);
        if (_byToken.TryGetValue((host, token), out var answer)) return new(answer.KeyAuthorization);

        return _elsewhere is null ? default : FindElsewhereAsync(_elsewhere, host, token, cancellationToken);
    }

    /// <summary>The answer for a tls-alpn-01 probe with this server name (for an address its reverse name, RFC 8738 section 6). Memory only.</summary>
    public bool TryFindTlsAlpn01(string serverName, [NotNullWhen(true)] out ChallengeAnswer? answer) =>
        _byServerName.TryGetValue(serverName, out answer);

    private static async ValueTask<string?> FindElsewhereAsync(StoredAnswerLookup elsewhere, string host, string token, CancellationToken cancellationToken) =>
        await elsewhere.FindAsync(token, cancellationToken) is { } answer && answer.Token == token && answer.Identifier.Value == host
            ? answer.KeyAuthorization
            : null;

    private static (string Host, string Token) TokenKey(ChallengeAnswer answer) => (answer.Identifier.Value, answer.Token);

    private static string ServerName(AcmeIdentifier identifier) =>
        identifier.Type == AcmeIdentifierType.Ip ? ReverseName.Of(IPAddress.Parse(identifier.Value)) : identifier.Value;

    /// <summary>A Host header's host as an identifier spells it: lower case, no trailing dot, an IPv6 address without its brackets and in canonical form.</summary>
    private static string Canonical(string host) =>
        host.StartsWith('[') && IPAddress.TryParse(host.AsSpan().Trim("[]"), out var address) ? address.ToString() : host.TrimEnd('.').ToLowerInvariant();
}
