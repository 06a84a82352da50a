namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A problem document (RFC 8555 section 6.7). <paramref name="Type"/> is without <c>urn:ietf:params:acme:error:</c>.</summary>
internal sealed record Problem(string Type, int Status, string Detail)
{
    public IReadOnlyList<Subproblem> Subproblems { get; init; } = [];

    /// <summary>RFC 8555 section 6.2: what a refused <c>alg</c> may be replaced with.</summary>
    public IReadOnlyList<string> Algorithms { get; init; } = [];

    /// <summary>RFC 8555 section 7.3.3: the reply links to the terms of service.</summary>
    public bool TellsTerms { get; init; }

    /// <summary>The account whose owner has to agree somewhere, which the problem's <c>instance</c> tells (section 7.3.3).</summary>
    public string? AgreementOf { get; init; }

    /// <summary>The account that has the key already (section 7.3.5); its URL is the reply's <c>Location</c>.</summary>
    public string? ConflictingAccount { get; init; }

    /// <summary>When a limit lets the request pass (section 6.6).</summary>
    public Retry? Retry { get; init; }

    public static Problem Malformed(string detail, int status = 400) => new("malformed", status, detail);

    public static Problem Unauthorized(string detail) => new("unauthorized", 403, detail);
}

/// <summary>The wait and its end.</summary>
internal sealed record Retry(TimeSpan Wait, DateTimeOffset At);

/// <summary>One identifier's share of a problem (RFC 8555 section 6.7.1).</summary>
internal sealed record Subproblem(string Type, string Detail, Identifier Identifier);

/// <summary>A request is refused: every rule says so by throwing this, and the front end renders it.</summary>
internal sealed class RefusalException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
