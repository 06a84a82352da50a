namespace AcmeKestrel;

/// <summary>One look for an answer, at one address of a name. Members may be added in minor versions; the setters are there for tests of your own.</summary>
public sealed class AcmeHttpTestVisit
{
    /// <summary>A visit with what is always there.</summary>
    public AcmeHttpTestVisit(AcmeHttpTestOutcome outcome) => Outcome = outcome;

    /// <summary>What became of it.</summary>
    public AcmeHttpTestOutcome Outcome { get; }

    /// <summary>Where the name led to; null where it led nowhere.</summary>
    public string? Address { get; init; }

    /// <summary>What was asked for last, after all redirects.</summary>
    public string? Url { get; init; }

    /// <summary>How many redirects were followed.</summary>
    public int Redirects { get; init; }

    /// <summary>The status of the answer; null: there was none.</summary>
    public int? Status { get; init; }

    /// <summary>The beginning of an answer that is not the right one, without what no terminal should show.</summary>
    public string? Text { get; init; }

    /// <summary>What is wrong; null: nothing.</summary>
    public string? Problem { get; init; }
}
