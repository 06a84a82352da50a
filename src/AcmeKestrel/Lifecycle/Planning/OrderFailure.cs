using System.Collections.Immutable;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Why an order ended without a certificate.</summary>
/// <param name="Names">What the CA says of single names; empty where it says nothing.</param>
internal sealed record OrderFailure(OrderFailureKind Kind, string Message, IReadOnlyDictionary<string, string> Names, TimeSpan? RetryAfter = null)
{
    private static readonly Dictionary<string, string> NoNames = [];

    public OrderFailure(OrderFailureKind kind, string message)
        : this(kind, message, NoNames)
    {
    }

    /// <summary>The type of ACME's problem (<c>unauthorized</c>), or the kind where it is none of these: one word, and none that a CA makes up.</summary>
    public string Word { get; init; } = Kind.ToString().ToLowerInvariant();

    /// <summary>It is for one of the names, whether the CA says for which or not.</summary>
    public bool IsAboutNames => Names.Count > 0 || Word is "rejectedIdentifier" or "unsupportedIdentifier" or "caa" or "dns";

    /// <summary>Names that the CA did validate.</summary>
    public IReadOnlySet<string> Validated { get; init; } = ImmutableHashSet<string>.Empty;

    /// <summary>The CA said that the order brings no certificate; without that one that was finalized may have brought one.</summary>
    public bool IsNotIssued { get; init; }
}

internal enum OrderFailureKind
{
    /// <summary>A name could not be validated: another challenge type may do.</summary>
    Validation,

    /// <summary>The CA refused the order or its request, whatever the challenge type.</summary>
    Rejected,

    /// <summary>The CA does not issue with the order's profile: an order without it may do.</summary>
    Profile,

    /// <summary>The answer was no ACME, and says nothing about any name.</summary>
    Nonsense,
}
