using AcmeKestrel.Diagnostics;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving;

/// <summary>What all endpoints' gates share.</summary>
/// <param name="metrics">Null: what passes is no visitor.</param>
internal sealed class GateKeeper(
    CertificateFinder certificates, UnknownHosts unknownHosts, ClientHelloReader reader, TlsAlpnResponder responder, ServingReach reach, KestrelShape shape, ILogger<GateKeeper> logger,
    ServingMetrics? metrics = null)
{
    public ClientHelloReader Reader { get; } = reader;

    public TlsAlpnResponder Responder { get; } = responder;

    public UnknownHosts UnknownHosts { get; } = unknownHosts;

    public ILogger Logger { get; } = logger;

    public bool UsesInternals { get; } = shape.IsKnown;

    /// <summary>The endpoint serves ours.</summary>
    public void Hooked() => reach.Hooked();

    /// <summary>The endpoint's own code or settings choose its certificates.</summary>
    public void Decides(ListenOptions endpoint, string reason)
    {
        var name = endpoint.ToString()!;
        reach.Decides(name);
        Logger.EndpointDecides(name, reason);
    }

    /// <summary>Puts a gate before the endpoint; on plain http it vanishes when the endpoint is built.</summary>
    public void Guard(ListenOptions endpoint) => endpoint.Use(new EndpointGate(endpoint, this).Build);

    /// <summary>The certificate of ours for this hello, to be released when the connection has ended; or null.</summary>
    public ValueTask<LoadedCertificate?> FindAsync(in ClientHello hello, BaseConnectionContext connection)
    {
        var finding = certificates.FindAsync(hello, connection.LocalEndPoint, connection.RemoteEndPoint, out var isWarm);
        if (!finding.IsCompletedSuccessfully) return WaitAsync(finding);

        var found = finding.Result;
        if (found is not null) Count(isWarm ? HandshakeOutcome.Hit : HandshakeOutcome.Cold);
        return new(found);
    }

    /// <summary>Before a look for a certificate: where it finds none there may be one all the same, and nothing stands in for it.</summary>
    public bool IsListing => certificates.IsListing;

    /// <summary>The connection ends: what is stored is not known yet.</summary>
    public CertificateLateException Unlisted(string? serverName)
    {
        Count(HandshakeOutcome.Late);
        return certificates.Unlisted(serverName);
    }

    /// <summary>What a connection was given. Where none of ours was found that is known only when it was decided what else there is.</summary>
    public void Count(HandshakeOutcome outcome) => metrics?.Handshake(outcome);

    private async ValueTask<LoadedCertificate?> WaitAsync(ValueTask<LoadedCertificate?> finding)
    {
        try
        {
            var found = await finding;
            if (found is not null) Count(HandshakeOutcome.Cold);
            return found;
        }
        catch (CertificateLateException)
        {
            Count(HandshakeOutcome.Late);
            throw;
        }
    }
}
