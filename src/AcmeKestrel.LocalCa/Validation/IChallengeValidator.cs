namespace AcmeKestrel.LocalCa;

/// <summary>Looks whether a challenge is answered. Null = it is; else why not.</summary>
public interface IChallengeValidator
{
    /// <summary>One look, bounded in time.</summary>
    ValueTask<ChallengeFailure?> ValidateAsync(ChallengeProbe probe, CancellationToken cancellationToken);
}

/// <summary>What to look for.</summary>
/// <param name="Type"><c>http-01</c> or <c>tls-alpn-01</c>.</param>
/// <param name="IdentifierType"><c>dns</c> or <c>ip</c>.</param>
/// <param name="KeyAuthorization">What the answer must show.</param>
public sealed record ChallengeProbe(string Type, string IdentifierType, string Identifier, string Token, string KeyAuthorization);

/// <summary>Why a challenge failed.</summary>
/// <param name="Type">The error type without its URN prefix: <c>connection</c>, <c>unauthorized</c>, <c>tls</c>, <c>incorrectResponse</c>.</param>
public sealed record ChallengeFailure(string Type, string Detail);
