namespace AcmeKestrel.Certificates;

/// <summary>Where a wish comes from, in order of precedence: the first wins where two sources wish the same label or host.</summary>
public enum AcmeWishSource
{
    /// <summary>The configuration section <c>Acme</c>.</summary>
    Options,

    /// <summary>A file in <c>want/</c>.</summary>
    Want,

    /// <summary>A file in <c>desired/</c>.</summary>
    Desired,

    /// <summary>A wish made at run time through the API.</summary>
    Api,

    /// <summary>A host of a YARP route.</summary>
    Yarp,

    /// <summary>A name that a handshake asked for.</summary>
    OnDemand,
}
