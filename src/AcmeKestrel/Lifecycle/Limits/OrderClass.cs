namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>What tells orders apart for a CA's limits.</summary>
/// <param name="IsPressing">It renews a certificate that is close to its end: a share of the account's orders is kept for such ones.</param>
internal readonly record struct OrderClass(OrderKind Kind, bool IsPressing);

internal enum OrderKind
{
    /// <summary>For names that have no certificate of this CA, or not in one.</summary>
    New,

    /// <summary>For exactly the names of a certificate of this CA.</summary>
    SameSet,

    /// <summary>It says which certificate it replaces (RFC 9773 section 5).</summary>
    Replacing,
}
