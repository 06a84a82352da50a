using AcmeKestrel.Certificates;

namespace AcmeKestrel.Protocol;

/// <summary>A problem document (RFC 8555 section 6.7, RFC 9457) as the CA sent it; its texts are stripped of control characters.</summary>
public sealed class AcmeProblem
{
    private const string Prefix = "urn:ietf:params:acme:error:";

    internal AcmeProblem(string type, string? detail, int? status) => (Type, Detail, Status) = (type, detail, status);

    /// <summary>A URI; <c>about:blank</c> where the CA sent none.</summary>
    public string Type { get; }

    /// <summary>What went wrong, in the CA's words.</summary>
    public string? Detail { get; }

    /// <summary>The HTTP status that the document names.</summary>
    public int? Status { get; }

    /// <summary>Where a human must go (<c>userActionRequired</c>).</summary>
    public string? Instance { get; internal init; }

    /// <summary>In a subproblem: what it is about (RFC 8555 section 6.7.1); null also where it is no name and no address.</summary>
    public AcmeIdentifier? Identifier { get; internal init; }

    /// <summary>One problem an identifier, where the CA says so much; at most a thousand, and none of them has any of its own.</summary>
    public IReadOnlyList<AcmeProblem> Subproblems { get; internal init; } = [];

    /// <summary>Algorithms the CA takes (<c>badSignatureAlgorithm</c>).</summary>
    public IReadOnlyList<string> Algorithms { get; internal init; } = [];

    /// <summary>Whether the type is <c>urn:ietf:params:acme:error:&lt;name&gt;</c>.</summary>
    public bool Is(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Type.Length == Prefix.Length + name.Length && Type.StartsWith(Prefix, StringComparison.Ordinal) && Type.EndsWith(name, StringComparison.Ordinal);
    }

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
