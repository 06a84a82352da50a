using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AcmeKestrel.Serving;

/// <summary>The handshakes of an HTTP/3 endpoint. QUIC has no ClientHello to peek at and refuses the callback that TCP connections use, so the user's settings are carried over to one that it takes.</summary>
internal sealed class Http3Handshake
{
    private static readonly List<SslApplicationProtocol> Http3 = [SslApplicationProtocol.Http3];

    private readonly HttpsConnectionAdapterOptions _https;
    private readonly GateKeeper _keeper;
    private readonly Lazy<SslStreamCertificateContext?> _usersCertificate;

    private Http3Handshake(HttpsConnectionAdapterOptions https, GateKeeper keeper)
    {
        (_https, _keeper) = (https, keeper);
        _usersCertificate = new(() => https.ServerCertificate is { } certificate ? SslStreamCertificateContext.Create(certificate, https.ServerCertificateChain, offline: true) : null);
    }

    /// <summary>What the client can verify is not shown here: the keys that every client of TLS 1.3 can come first (RFC 8446 section 9.1).</summary>
    public static ClientHello HelloOf(string serverName) => new(ServerName.Read(serverName), IsAcmeTlsAlpn: false, KeyFamily.Rsa | KeyFamily.P256);

    /// <summary>The certificate of ours for a connection that passes no gate; it is released when that has ended.</summary>
    public static async ValueTask<LoadedCertificate?> FindAsync(GateKeeper keeper, ClientHello hello, BaseConnectionContext connection)
    {
        var ours = await keeper.FindAsync(hello, connection);
        if (ours is not null) connection.ConnectionClosed.UnsafeRegister(static used => ((LoadedCertificate)used!).Release(), ours);
        return ours;
    }

    /// <summary>The user's options, where they have become these.</summary>
    public static HttpsConnectionAdapterOptions? OptionsOf(TlsHandshakeCallbackOptions? callback) => (callback?.OnConnection?.Target as Http3Handshake)?._https;

    /// <summary>Has the endpoint's QUIC handshakes made here. With a callback of the user's Kestrel refuses HTTP/3, and must: it would lose what that callback does.</summary>
    public static bool TryTake(ListenOptions endpoint, GateKeeper keeper)
    {
        if (!endpoint.Protocols.HasFlag(HttpProtocols.Http3) || KestrelInternals.HttpsOptions(endpoint) is not { } https || CertificateChoice.HasUsers(https.OnAuthenticate)) return false;

        KestrelInternals.SetHttpsCallbackOptions(endpoint, new Http3Handshake(https, keeper).ToCallbackOptions());
        KestrelInternals.SetHttpsOptions(endpoint, null);
        return true;
    }

    private TlsHandshakeCallbackOptions ToCallbackOptions() => new() { OnConnection = OnConnectionAsync, HandshakeTimeout = _https.HandshakeTimeout };

    private async ValueTask<SslServerAuthenticationOptions> OnConnectionAsync(TlsHandshakeCallbackContext context)
    {
        var serverName = context.ClientHelloInfo.ServerName;
        var hello = HelloOf(serverName);
        var mayBeStored = _keeper.IsListing;
        var ours = await FindAsync(_keeper, hello, context.Connection);
        if (ours is null) Miss(hello.ServerName, mayBeStored);

        var handshake = new SslServerAuthenticationOptions
        {
            ApplicationProtocols = Http3,
            EnabledSslProtocols = _https.SslProtocols,
            CertificateRevocationCheckMode = _https.CheckCertificateRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
            ServerCertificateContext = ours?.Context ?? (_https.ServerCertificateSelector is null ? _usersCertificate.Value : null),
        };
        if (handshake.ServerCertificateContext is null) handshake.ServerCertificate = _https.ServerCertificateSelector?.Invoke(null, serverName);
        RequireClientCertificate(handshake);
        return handshake;
    }

    private void Miss(string? serverName, bool mayBeStored)
    {
        var isRefused = _https.ServerCertificateSelector is null && _keeper.UnknownHosts.Refuse(_https.ServerCertificate, serverName, mayBeStored);
        if (isRefused && mayBeStored) throw new AuthenticationException("It is not known yet what is stored.", _keeper.Unlisted(serverName));

        _keeper.Count(isRefused ? HandshakeOutcome.Refused : HandshakeOutcome.Fallback);
        if (isRefused) throw new AuthenticationException("There is no certificate for the server name.");
    }

    /// <summary>As Kestrel does it: a delayed request for a certificate does not exist in HTTP/3.</summary>
    private void RequireClientCertificate(SslServerAuthenticationOptions handshake)
    {
        if (_https.ClientCertificateMode is not (ClientCertificateMode.AllowCertificate or ClientCertificateMode.RequireCertificate)) return;

        handshake.ClientCertificateRequired = true;
        handshake.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsAcceptable(certificate, chain, errors);
    }

    private bool IsAcceptable(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null) return _https.ClientCertificateMode != ClientCertificateMode.RequireCertificate;
        if (_https.ClientCertificateValidation is not { } validation) return errors == SslPolicyErrors.None;

        return validation(certificate as X509Certificate2 ?? new X509Certificate2(certificate), chain, errors);
    }
}
