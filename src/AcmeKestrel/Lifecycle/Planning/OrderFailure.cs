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

    /// <summary>Names that the CA did validate.</summary>
    public IReadOnlySet<string> Validated { get; init; } = ImmutableHashSet<string>.Empty;
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
