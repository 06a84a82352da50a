using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Protocol;

/// <summary>How to reach a CA.</summary>
public sealed record AcmeClientOptions
{
    /// <summary>The directory's https URL (RFC 8555 section 7.1.1): the only URL a client chooses.</summary>
    public required string DirectoryUrl { get; init; }

    /// <summary>The roots the CA's own TLS certificate must chain to; null = the system's.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>An HTTP proxy; null = the environment's.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Sent after the library's own product token (RFC 8555 section 6.1); null = nothing.</summary>
    public string? UserAgent { get; init; }

    /// <summary>The longest one request may take, resends for badNonce included. Default 60 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The transport, for tests; null = a <see cref="SocketsHttpHandler"/> of the client's own. The client disposes it. It must not follow redirects.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>Where requests are noted, at debug level; null = nowhere.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>The clock; null = the system's.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>A sentence for the message that what answers is no directory; null = none.</summary>
    internal string? DirectoryHint { get; init; }

    /// <summary>A sentence for the message that the CA's own certificate is not trusted; null = none.</summary>
    internal string? TrustHint { get; init; }

    /// <summary>Where requests are counted; null = nowhere.</summary>
    internal RequestMetrics? Metrics { get; init; }

    /// <summary>What the CA is called there.</summary>
    internal string CaName { get; init; } = "";

    /// <summary>Never shows the proxy's password.</summary>
    public override string ToString() => DirectoryUrl;
}
