using System.Net;
using AcmeKestrel.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving;

/// <summary>What all endpoints' gates share.</summary>
internal sealed class GateKeeper(
    CertificateTable table,
    CertificateMisses misses,
    ClientHelloReader reader,
    TlsAlpnResponder responder,
    FallbackCertificate fallback,
    IAcmeSettings settings,
    KestrelShape shape,
    ILogger<GateKeeper> logger)
{
    public ClientHelloReader Reader { get; } = reader;

    public TlsAlpnResponder Responder { get; } = responder;

    public ILogger Logger { get; } = logger;

    public bool UsesInternals { get; } = shape.IsKnown;

    /// <summary>Puts a gate before the endpoint; on plain http it vanishes when the endpoint is built.</summary>
    public void Guard(ListenOptions endpoint) => endpoint.Use(new EndpointGate(endpoint, this).Build);

    /// <summary>The certificate of ours for this hello, or null.</summary>
    public ValueTask<ServedCertificate?> FindAsync(in ClientHello hello, EndPoint? local) =>
        table.Find(hello, local) is { } certificate ? new(certificate) : misses.FindAsync(hello);

    /// <summary>Whether a name without a certificate is refused here: never where the user gave the endpoint a certificate of their own.</summary>
    public bool Refuses(HttpsConnectionAdapterOptions? https) =>
        https is { ServerCertificateSelector: null } && ReferenceEquals(https.ServerCertificate, fallback.Certificate) && settings.Current.UnknownHosts == UnknownHostPolicy.Reject;
}
