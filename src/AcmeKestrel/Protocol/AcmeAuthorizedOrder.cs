namespace AcmeKestrel.Protocol;

/// <summary>An order with all that must be proven for it: what <see cref="AcmeAccount.AuthorizeAsync"/> made.</summary>
public sealed class AcmeAuthorizedOrder
{
    internal AcmeAuthorizedOrder(AcmeOrder order, IReadOnlyList<AcmeAuthorization> authorizations) => (Order, Authorizations) = (order, authorizations);

    /// <summary>The order as it was made; <see cref="AcmeAccount.GetOrderAsync"/> looks at it again.</summary>
    public AcmeOrder Order { get; }

    /// <summary>Its authorizations with their challenges.</summary>
    public IReadOnlyList<AcmeAuthorization> Authorizations { get; }
}
