using System.Net;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using AcmeKestrel.Serving.OpenSsl;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AcmeKestrel.Serving;

/// <summary>Stands before the TLS of one endpoint: sends probes to the responder and finds the certificate for everyone else.</summary>
internal sealed class EndpointGate(ListenOptions endpoint, GateKeeper keeper)
{
    /// <summary>RFC 8446 section 6.2: fatal <c>unrecognized_name</c>.</summary>
    private static readonly byte[] UnrecognizedName = [21, 3, 3, 0, 2, 2, 112];

    private HttpsConnectionAdapterOptions? _https;
    private SniSections? _sections;
    private bool _choosesItself;

    /// <summary>Kestrel calls this when it builds the endpoint: everything about it is final then, however and in whatever order it was configured.</summary>
    public ConnectionDelegate Build(ConnectionDelegate next)
    {
        if (!keeper.UsesInternals) return IsHttps(endpoint) ? connection => EnterAsync(connection, next) : next;

        // An endpoint on localhost is built once for each address family, and one may have two gates; by then its options may have become HTTP/3's.
        _https ??= KestrelInternals.HttpsOptions(endpoint) ?? Http3Handshake.OptionsOf(KestrelInternals.HttpsCallbackOptions(endpoint));
        if (_https is null)
        {
            // Plain http: nothing is added.
            if (KestrelInternals.HttpsCallbackOptions(endpoint) is not { } callback) return next;

            // A user's own handshake callback chooses certificates by itself; probes are answered all the same.
            _sections ??= SniSections.TryArm(endpoint, callback, keeper);
            _choosesItself = _sections is null;
            return connection => EnterAsync(connection, next);
        }

        // Kestrel has copied an endpoint on localhost for IPv4 before anybody hears of it, and binds that copy's QUIC only while these options have no callback. They have it from the other copy on.
        var isFirstCopy = Http3Handshake.TryTake(endpoint, keeper) && KestrelInternals.IsOnLocalhost(endpoint);
        if (!isFirstCopy) CertificateChoice.Arm(_https, keeper);
        keeper.Hooked();
        return connection => EnterAsync(connection, next);
    }

    private async Task EnterAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (HasPassed(connection))
        {
            await next(connection);
            return;
        }

        var (passes, taken) = await TryPassAsync(connection);
        try
        {
            if (passes) await next(connection);
        }
        finally
        {
            taken?.Release(connection.Features.Get<ISslStreamFeature>()?.SslStream);
            if (OperatingSystem.IsLinux() && SharedContexts.TakeWord() is { } reason) keeper.Logger.ContextsNotShared(reason);
        }
    }

    /// <summary>Explicit wiring brings a gate beside the endpoint's own, and a visitor is looked for, and counted, once.</summary>
    private static bool HasPassed(ConnectionContext connection) => connection.Features.Get<TakenCertificate>() is not null || connection.Features.Get<UnansweredHello>() is not null;

    /// <summary>Whether the connection goes on to TLS, and the certificate that it uses.</summary>
    private async ValueTask<(bool Passes, TakenCertificate? Taken)> TryPassAsync(ConnectionContext connection)
    {
        HelloState state;
        ClientHello hello;
        try
        {
            (state, hello) = await keeper.Reader.ReadAsync(connection.Transport.Input);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            keeper.Logger.HelloMissing(connection.RemoteEndPoint, gone);
            connection.Abort(new ConnectionAbortedException("No TLS ClientHello in time.", gone));
            return (false, null);
        }

        if (state != HelloState.Complete) return (true, null);

        if (hello.IsAcmeTlsAlpn)
        {
            await keeper.Responder.AnswerAsync(connection, hello.ServerName);
            return (false, null);
        }

        if (_choosesItself || _sections?.GiveCertificate(hello.ServerName) == true) return (true, null);

        var mayBeStored = keeper.IsListing;
        LoadedCertificate? certificate;
        try
        {
            certificate = await keeper.FindAsync(hello, connection);
        }
        catch (CertificateLateException late)
        {
            return End(connection, late);
        }

        if (certificate is not null)
        {
            var taken = new TakenCertificate(certificate, hello.Random);
            connection.Features.Set(taken);
            return (true, taken);
        }

        connection.Features.Set(new UnansweredHello(hello.ServerName, mayBeStored));
        if (_https is null or { ServerCertificateSelector: not null } || !keeper.UnknownHosts.Refuse(_https.ServerCertificate, hello.ServerName, mayBeStored)) return (true, null);

        if (mayBeStored) return End(connection, keeper.Unlisted(hello.ServerName));

        keeper.Count(HandshakeOutcome.Refused);
        keeper.Logger.HandshakeRefused(hello.ServerName, connection.RemoteEndPoint);
        await connection.Transport.Output.WriteAsync(UnrecognizedName);
        return (false, null);
    }

    private static (bool Passes, TakenCertificate? Taken) End(ConnectionContext connection, CertificateLateException late)
    {
        connection.Abort(new ConnectionAbortedException(late.Message, late));
        return (false, null);
    }

    /// <summary>The endpoint's display form begins with its scheme.</summary>
    private static bool IsHttps(ListenOptions endpoint) => endpoint.ToString()!.StartsWith("https://", StringComparison.Ordinal);
}
