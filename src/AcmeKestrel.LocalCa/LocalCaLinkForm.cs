namespace AcmeKestrel.LocalCa;

/// <summary>How a certificate's answer writes the links to its alternate chains. RFC 8288 allows all of them.</summary>
public enum LocalCaLinkForm
{
    /// <summary>A <c>Link</c> header for each, with an absolute URL.</summary>
    Separate,

    /// <summary>One <c>Link</c> header for all, separated by commas.</summary>
    OneHeader,

    /// <summary>A <c>Link</c> header for each, its target relative to the URL that was asked.</summary>
    Relative,
}
