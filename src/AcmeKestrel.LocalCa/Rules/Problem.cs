namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A problem document (RFC 8555 section 6.7). <paramref name="Type"/> is without <c>urn:ietf:params:acme:error:</c>.</summary>
internal sealed record Problem(string Type, int Status, string Detail)
{
    public IReadOnlyList<Subproblem> Subproblems { get; init; } = [];

    /// <summary>RFC 8555 section 6.2: what a refused <c>alg</c> may be replaced with.</summary>
    public IReadOnlyList<string> Algorithms { get; init; } = [];

    public static Problem Malformed(string detail, int status = 400) => new("malformed", status, detail);

    public static Problem Unauthorized(string detail) => new("unauthorized", 403, detail);
}

/// <summary>One identifier's share of a problem (RFC 8555 section 6.7.1).</summary>
internal sealed record Subproblem(string Type, string Detail, Identifier Identifier);

/// <summary>A request is refused: every rule says so by throwing this, and the front end renders it.</summary>
internal sealed class RefusalException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
