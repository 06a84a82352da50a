using AcmeKestrel.Certificates;

namespace AcmeKestrel.Challenges;

/// <summary>The port behind the answers in memory: answers that another process stored. Only http-01 asks it; a tls-alpn-01 miss reads no disk.</summary>
internal interface IStoredAnswers
{
    /// <summary>The answer for this token, or null. <paramref name="token"/> has been checked against base64url.</summary>
    ValueTask<ChallengeAnswer?> FindHttp01Async(string token, CancellationToken cancellationToken);
}
