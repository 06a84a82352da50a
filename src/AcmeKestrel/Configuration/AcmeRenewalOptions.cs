namespace AcmeKestrel;

/// <summary>When certificates are renewed: <c>Acme:Renewal</c>.</summary>
public sealed class AcmeRenewalOptions
{
    /// <summary>After this part of its life a certificate is renewed. Default <c>0.6667</c> (two thirds).</summary>
    public string? Fraction { get; set; }

    /// <summary>The same for lifetimes below ten days. Default <c>0.5</c>.</summary>
    public string? ShortFraction { get; set; }

    /// <summary><c>true</c> (default): a CA with renewal info (RFC 9773) is asked when to renew, and the fractions count where it says nothing.</summary>
    public string? Ari { get; set; }
}
