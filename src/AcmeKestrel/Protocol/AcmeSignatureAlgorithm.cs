namespace AcmeKestrel.Protocol;

/// <summary>JWS algorithms of account keys (RFC 7518 section 3.1). More may be added in minor versions.</summary>
public enum AcmeSignatureAlgorithm
{
    /// <summary>ECDSA on P-256 with SHA-256; the default.</summary>
    ES256,

    /// <summary>ECDSA on P-384 with SHA-384.</summary>
    ES384,

    /// <summary>ECDSA on P-521 with SHA-512.</summary>
    ES512,

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-256; new keys have 2048 bits.</summary>
    RS256,
}
