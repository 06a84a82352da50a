namespace AcmeKestrel.Certificates;

/// <summary>JWS algorithms of external account bindings (RFC 7518 section 3.2): the CA says which one its key is for.</summary>
public enum AcmeMacAlgorithm
{
    /// <summary>HMAC with SHA-256; what nearly all CAs want.</summary>
    HS256,

    /// <summary>HMAC with SHA-384.</summary>
    HS384,

    /// <summary>HMAC with SHA-512.</summary>
    HS512,
}
