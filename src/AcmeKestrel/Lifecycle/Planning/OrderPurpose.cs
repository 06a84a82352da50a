using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>The wish that an order is for.</summary>
/// <param name="WishPrint">As it was when the order began.</param>
/// <param name="NamesPrint">The same, whichever of its names may be left out; null: the order does not ask for all of them.</param>
internal sealed record OrderPurpose(string WishPrint, string? NamesPrint = null)
{
    /// <summary>The name of the CA that is asked, as it was configured when the order began.</summary>
    public string Provider { get; init; } = "";

    /// <summary>Nothing else need be ordered for the wish.</summary>
    public bool IsFor(Wish wish, Provider provider) => WishPrint == Planning.WishPrint.Of(wish, provider) || (NamesPrint is { } names && names == Planning.WishPrint.OfNames(wish, provider));
}
