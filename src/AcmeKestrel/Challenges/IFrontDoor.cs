namespace AcmeKestrel.Challenges;

/// <summary>Looks at a name from outside, as far as this machine can, before a CA does.</summary>
internal interface IFrontDoor
{
    /// <summary>Why a CA would not find the answer, as far as can be seen from here; null: nothing is seen that speaks against it. It never throws for what it finds.</summary>
    Task<string?> FindFaultAsync(ChallengeAnswer answer, CancellationToken cancellationToken);

    /// <summary>Looks for an http-01 answer at each address of its name, along redirects, whatever the settings say: somebody has asked for it.</summary>
    Task<IReadOnlyList<AcmeHttpTestVisit>> VisitAsync(ChallengeAnswer answer, CancellationToken cancellationToken);
}
