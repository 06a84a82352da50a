namespace AcmeKestrel.LocalCa;

/// <summary>Validates one challenge; null = proven.</summary>
public delegate ValueTask<ChallengeProblem?> ChallengeValidator(ChallengeProbe probe, CancellationToken cancellationToken);
