namespace AcmeKestrel.LocalCa;

/// <summary>What a validator has to find out: whether <paramref name="Identifier"/> shows <paramref name="KeyAuthorization"/>.</summary>
/// <param name="Type"><c>http-01</c>, <c>tls-alpn-01</c> or <c>dns-01</c>.</param>
/// <param name="IdentifierType"><c>dns</c> or <c>ip</c>.</param>
/// <param name="Identifier">The name or address; of a wildcard the name below the star, whose only challenge is <c>dns-01</c>.</param>
/// <param name="KeyAuthorization">RFC 8555 section 8.1: the token, a dot, the account key's thumbprint.</param>
public sealed record ChallengeProbe(string Type, string IdentifierType, string Identifier, string Token, string KeyAuthorization);

/// <summary>Why a challenge failed. <paramref name="Type"/> is without <c>urn:ietf:params:acme:error:</c>, such as <c>connection</c> or <c>unauthorized</c>.</summary>
public sealed record ChallengeProblem(string Type, string Detail);

/// <summary>Validates one challenge; null = proven.</summary>
public delegate ValueTask<ChallengeProblem?> ChallengeValidator(ChallengeProbe probe, CancellationToken cancellationToken);
