using System.Net.Security;
using System.Security.Authentication;
using AcmeKestrel.Serving.Finding;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AcmeKestrel.Serving;

/// <summary>Puts the certificate found for a connection into a handshake that Kestrel has set up: everything else the user configured stays.</summary>
internal sealed class CertificateChoice(Action<ConnectionContext, SslServerAuthenticationOptions>? users, UnknownHosts unknownHosts)
{
    /// <summary>Wraps the options' callback, once: several endpoints may share one options object.</summary>
    public static void Arm(HttpsConnectionAdapterOptions https, UnknownHosts unknownHosts) => https.OnAuthenticate = Wrap(https.OnAuthenticate, unknownHosts);

    /// <summary>The same for a callback that stands elsewhere.</summary>
    public static Action<ConnectionContext, SslServerAuthenticationOptions> Wrap(Action<ConnectionContext, SslServerAuthenticationOptions>? users, UnknownHosts unknownHosts) =>
        users?.Target is CertificateChoice ? users : new CertificateChoice(users, unknownHosts).Apply;

    private void Apply(ConnectionContext connection, SslServerAuthenticationOptions handshake)
    {
        users?.Invoke(connection, handshake);
        if (connection.Features.Get<LoadedCertificate>()?.Context is { } ours)
        {
            handshake.ServerCertificateContext = ours;
            handshake.ServerCertificate = null;
            handshake.ServerCertificateSelectionCallback = null;
            return;
        }

        // Here nothing gets by, whatever kept the gate from reading the hello or from knowing the endpoint.
        if (unknownHosts.Refuse(handshake, connection.Features.Get<UnansweredHello>()?.ServerName)) throw new AuthenticationException("There is no certificate for the server name.");
    }
}
