using AcmeKestrel.Certificates;

namespace AcmeKestrel.Protocol;

/// <summary>A problem document (RFC 8555 section 6.7, RFC 9457) as the CA sent it; its texts are stripped of control characters.</summary>
/// <param name="Type">A URI; <c>about:blank</c> where the CA sent none.</param>
public sealed record AcmeProblem(string Type, string? Detail, int? Status)
{
    private const string Prefix = "urn:ietf:params:acme:error:";

    /// <summary>Where a human must go (<c>userActionRequired</c>).</summary>
    public string? Instance { get; init; }

    /// <summary>In a subproblem: what it is about (RFC 8555 section 6.7.1); null also where it is no name and no address.</summary>
    public AcmeIdentifier? Identifier { get; init; }

    /// <summary>One problem an identifier, where the CA says so much; at most a thousand, and none of them has any of its own.</summary>
    public IReadOnlyList<AcmeProblem> Subproblems { get; init; } = [];

    /// <summary>Algorithms the CA takes (<c>badSignatureAlgorithm</c>).</summary>
    public IReadOnlyList<string> Algorithms { get; init; } = [];

    /// <summary>Whether the type is <c>urn:ietf:params:acme:error:&lt;name&gt;</c>.</summary>
    public bool Is(string name) =>
        Type.Length == Prefix.Length + name.Length && Type.StartsWith(Prefix, StringComparison.Ordinal) && Type.EndsWith(name, StringComparison.Ordinal);

    /// <summary>One line for an operator.</summary>
    public override string ToString()
    {
        var name = Type.StartsWith(Prefix, StringComparison.Ordinal) ? Type[Prefix.Length..] : Type;
        var about = Identifier is null ? name : $"{Identifier}: {name}";
        var text = Detail is null ? about : $"{about}: {Detail}";
        if (Instance is not null) text += $" (see {Instance})";
        return Subproblems.Count == 0 ? text : $"{text} [{string.Join("; ", Subproblems)}]";
    }
}
