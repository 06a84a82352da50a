using System.Diagnostics.CodeAnalysis;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Challenges;

/// <summary>The answers that are live now, found by token (http-01) or server name (tls-alpn-01).</summary>
internal sealed class LiveAnswers(TimeProvider time, IStoredAnswers? stored = null)
{
    private readonly TimeProvider _time = time;
    private readonly IStoredAnswers? _stored = stored;

    /// <summary>Begins to give the answer. Publishing it twice is harmless.</summary>
    public void Publish(ChallengeAnswer answer) => throw new NotImplementedException();

    /// <summary>Stops giving the answer.</summary>
    public void Withdraw(ChallengeAnswer answer) => throw new NotImplementedException();

    /// <summary>The key authorization for a token issued for exactly this host, or null (promise 9).</summary>
    public ValueTask<string?> FindHttp01Async(string host, string token, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>The answer for a tls-alpn-01 probe with this server name (for an address its reverse name, RFC 8738 section 6). Memory only.</summary>
    public bool TryFindTlsAlpn01(string serverName, [NotNullWhen(true)] out ChallengeAnswer? answer) => throw new NotImplementedException();
}
