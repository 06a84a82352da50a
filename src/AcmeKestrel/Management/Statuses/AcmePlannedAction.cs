namespace AcmeKestrel;

/// <summary>What would be done next for a certificate.</summary>
public enum AcmePlannedAction
{
    /// <summary>Nothing before its renewal.</summary>
    None,

    /// <summary>One is ordered.</summary>
    Order,

    /// <summary>The order in flight goes on.</summary>
    Continue,

    /// <summary>The order in flight is given up.</summary>
    Abandon,

    /// <summary>Something stands in the way.</summary>
    Wait,

    /// <summary>The CA is asked to revoke the former one.</summary>
    Revoke,

    /// <summary>One that another label left behind is taken over.</summary>
    TakeOver,

    /// <summary>Nobody wishes it any more: what is stored of it is removed.</summary>
    Remove,
}
