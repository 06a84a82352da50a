namespace AcmeKestrel;

/// <summary>Whether a CA would find an http-01 answer for a name (<see cref="IAcmeCertificates.TestHttpAsync"/>). Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeHttpTestResult
{
    /// <summary>A result with what is always there.</summary>
    public AcmeHttpTestResult(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
    }

    /// <summary>The name, as it is written on the wire.</summary>
    public string Name { get; }

    /// <summary>A look at each of its addresses: a CA may take any of them.</summary>
    public IReadOnlyList<AcmeHttpTestVisit> Visits { get => field ?? []; init; }

    /// <summary>Why it was not looked for at all; null: it was.</summary>
    public string? Problem { get; init; }

    /// <summary>The right answer came, at every address that can be seen from here.</summary>
    public bool IsGood => Visits.Any(visit => visit.Outcome is AcmeHttpTestOutcome.Right) && Visits.All(visit => visit.Outcome is AcmeHttpTestOutcome.Right or AcmeHttpTestOutcome.Unseen);
}
