namespace AcmeKestrel.Certificates;

/// <summary>The key of a certificate. Types may be added in minor versions.</summary>
public enum AcmeKeyType
{
    /// <summary>ECDSA on NIST P-256; the default.</summary>
    P256,

    /// <summary>ECDSA on NIST P-384.</summary>
    P384,

    /// <summary>RSA with 2048 bits.</summary>
    Rsa2048,

    /// <summary>RSA with 3072 bits.</summary>
    Rsa3072,

    /// <summary>RSA with 4096 bits.</summary>
    Rsa4096,
}
