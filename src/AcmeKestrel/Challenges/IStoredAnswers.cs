using AcmeKestrel.Certificates;

namespace AcmeKestrel.Challenges;

/// <summary>The port behind the answers in memory: answers that another process stored.</summary>
internal interface IStoredAnswers
{
    /// <summary>Another process orders: what it shows is known here only when somebody asks for it.</summary>
    bool AreElsewhere { get; }

    /// <summary>The answer for this token, or null. <paramref name="token"/> has been checked against base64url.</summary>
    ValueTask<ChallengeAnswer?> FindHttp01Async(string token, CancellationToken cancellationToken);

    /// <summary>The answer for a probe with this server name, or null. Only a store of several machines is asked: no miss reads a disk.</summary>
    ValueTask<ChallengeAnswer?> FindTlsAlpn01Async(string serverName, CancellationToken cancellationToken);
}
