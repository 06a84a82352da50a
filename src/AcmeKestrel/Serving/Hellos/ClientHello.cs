using AcmeKestrel.Certificates;

namespace AcmeKestrel.Serving.Hellos;

/// <summary>What a client's first message says about the certificate it needs.</summary>
/// <param name="ServerName">SNI without a trailing dot (RFC 6066 section 3); null when there is none or it is no host name.</param>
/// <param name="IsAcmeTlsAlpn">The ALPN list is exactly <c>acme-tls/1</c> (RFC 8737 section 4).</param>
/// <param name="Accepts">The keys that the client can verify.</param>
internal readonly record struct ClientHello(string? ServerName, bool IsAcmeTlsAlpn, KeyFamily Accepts)
{
    /// <summary>Null where the message itself was not seen.</summary>
    public HelloRandom? Random { get; init; }
}

/// <summary>How far a ClientHello has come.</summary>
internal enum HelloState
{
    /// <summary>What is there is a true beginning.</summary>
    Incomplete,

    /// <summary>All of it is there.</summary>
    Complete,

    /// <summary>No TLS, or damaged: whoever comes next may fail it.</summary>
    Invalid,
}
