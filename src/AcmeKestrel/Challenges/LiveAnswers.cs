using System.Diagnostics.CodeAnalysis;
using System.Net;
using AcmeKestrel.Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Challenges;

/// <summary>The answers that are live now, found by token (http-01) or server name (tls-alpn-01).</summary>
internal sealed class LiveAnswers(TimeProvider time, IStoredAnswers? stored = null, ILogger<LiveAnswers>? logger = null)
{
    /// <summary>As for a certificate that is read while a stored copy of it is at hand; a CA waits for some ten seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly AnswersByName _byToken = new(StringComparer.Ordinal);
    private readonly AnswersByName _byHost = new(StringComparer.OrdinalIgnoreCase);
    private readonly AnswersByName _byAddress = new(StringComparer.OrdinalIgnoreCase);
    private readonly AnswersByName _byServerName = new(StringComparer.OrdinalIgnoreCase);
    private readonly AnswersByName _formerByServerName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>An answer is in one of both or in none; who reads takes no lock.</summary>
    private readonly Lock _yielding = new();
    private readonly StoredAnswerLookup? _elsewhere =
        stored is null ? null : new StoredAnswerLookup(stored, time, logger ?? NullLogger<LiveAnswers>.Instance);

    /// <summary>Another process orders: what it shows is not known here.</summary>
    public bool AreElsewhere => stored is { AreElsewhere: true };

    /// <summary>Begins to give the answer. Publishing it twice is harmless.</summary>
    public void Publish(ChallengeAnswer answer)
    {
        if (answer.Type == ChallengeTypes.Http01)
        {
            _byToken.Add(answer.Token, answer);
            HostsOf(answer).Add(answer.Identifier.Value, answer);
        }

        if (answer.Type != ChallengeTypes.TlsAlpn01) return;

        lock (_yielding)
        {
            _byServerName.Add(ServerName(answer.Identifier), answer);
            _formerByServerName.Remove(ServerName(answer.Identifier), answer);
        }
    }

    /// <summary>
    /// Another process may go on with what was published so far, and this one does not learn of its end: what is stored for a server name leads from now on, and what was published is shown where there is nothing, or the store
    /// cannot say. A token needs none of this, since none comes twice.
    /// </summary>
    public void Yield()
    {
        lock (_yielding)
        {
            foreach (var answer in _byServerName.All.ToList())
            {
                _formerByServerName.Add(ServerName(answer.Identifier), answer);
                _byServerName.Remove(ServerName(answer.Identifier), answer);
            }
        }
    }

    /// <summary>Stops giving the answer; another one for the same name stays.</summary>
    public void Withdraw(ChallengeAnswer answer)
    {
        if (answer.Type == ChallengeTypes.Http01)
        {
            _byToken.Remove(answer.Token, answer);
            HostsOf(answer).Remove(answer.Identifier.Value, answer);
        }

        if (answer.Type != ChallengeTypes.TlsAlpn01) return;

        lock (_yielding)
        {
            _byServerName.Remove(ServerName(answer.Identifier), answer);
            _formerByServerName.Remove(ServerName(answer.Identifier), answer);
        }
    }

    /// <summary>The key authorization for a token issued for exactly this host, or null (promise 9).</summary>
    public ValueTask<string?> FindHttp01Async(string host, string token, Asker asker, CancellationToken cancellationToken)
    {
        if (!ChallengeToken.IsWellFormed(token)) return default;

        host = Canonical(host);
        if (_byToken.TryFind(token, answer => answer.Identifier.Value == host, out var found)) return new(found.KeyAuthorization);
        if (_byToken.TryFind(token, out _)) return default;

        return _elsewhere is null ? default : FindElsewhereAsync(_elsewhere, host, token, asker, cancellationToken);
    }

    /// <summary>The name that a live token of this process was issued for, where it is another one than <paramref name="host"/>.</summary>
    public string? FindOtherHost(string host, string token) =>
        _byToken.TryFind(token, out var answer) && answer.Identifier.Value != Canonical(host) ? answer.Identifier.Value : null;

    /// <summary>Whether a CA may be on its way over http to an answer for this name; without a name, to one for an address.</summary>
    public bool AreShownOverHttp(string? name) =>
        name is null ? !_byAddress.IsEmpty : _byHost.TryFind(name, out _) || _byAddress.TryFind(name, out _);

    /// <summary>The answer for a tls-alpn-01 probe with this server name (for an address its reverse name, RFC 8738 section 6), or null.</summary>
    public ValueTask<ChallengeAnswer?> FindTlsAlpn01Async(string serverName, Asker asker, CancellationToken cancellationToken)
    {
        if (TryFindTlsAlpn01(serverName, out var answer)) return new(answer);

        var former = _formerByServerName.TryFind(serverName, out var shown) ? shown : null;
        if (_elsewhere is null) return new(former);
        var found = _elsewhere.FindTlsAlpn01Async(serverName, asker, cancellationToken);
        return former is null ? found : OrFormerAsync(found, former, cancellationToken);
    }

    /// <summary>The same, of this process, while nobody else goes on with it.</summary>
    public bool TryFindTlsAlpn01(string serverName, [NotNullWhen(true)] out ChallengeAnswer? answer) => _byServerName.TryFind(serverName, out answer);

    private AnswersByName HostsOf(ChallengeAnswer answer) => answer.Identifier.Type == AcmeIdentifierType.Ip ? _byAddress : _byHost;

    private static async ValueTask<string?> FindElsewhereAsync(StoredAnswerLookup elsewhere, string host, string token, Asker asker, CancellationToken cancellationToken) =>
        await elsewhere.FindHttp01Async(host, token, asker, cancellationToken) is { } answer && answer.Token == token && answer.Identifier.Value == host
            ? answer.KeyAuthorization
            : null;

    private async ValueTask<ChallengeAnswer?> OrFormerAsync(ValueTask<ChallengeAnswer?> found, ChallengeAnswer former, CancellationToken cancellationToken)
    {
        try
        {
            return await found.AsTask().WaitAsync(Patience, time, cancellationToken) ?? former;
        }
        catch (TimeoutException)
        {
            return former;
        }
    }

    /// <summary>What a tls-alpn-01 probe for this identifier has for its server name.</summary>
    public static string ServerName(AcmeIdentifier identifier) =>
        identifier.Type == AcmeIdentifierType.Ip ? ReverseName.Of(IPAddress.Parse(identifier.Value)) : identifier.Value;

    /// <summary>A Host header's host as an identifier spells it: lower case, no trailing dot, an IPv6 address without its brackets and zone and in canonical form.</summary>
    public static string Canonical(string host) =>
        host.StartsWith('[') && IPAddress.TryParse(host.AsSpan().Trim("[]"), out var address) ? AddressText.Print(address) : host.TrimEnd('.').ToLowerInvariant();
}
