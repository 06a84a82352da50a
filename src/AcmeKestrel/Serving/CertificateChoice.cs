using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AcmeKestrel.Serving;

/// <summary>Puts the certificate found for a connection into a handshake that Kestrel has set up: everything else the user configured stays.</summary>
internal sealed class CertificateChoice(Action<ConnectionContext, SslServerAuthenticationOptions>? users)
{
    /// <summary>Wraps the options' callback, once: several endpoints may share one options object.</summary>
    public static void Arm(HttpsConnectionAdapterOptions https)
    {
        if (!IsArmed(https)) https.OnAuthenticate = new CertificateChoice(https.OnAuthenticate).Apply;
    }

    public static bool IsArmed(HttpsConnectionAdapterOptions https) => https.OnAuthenticate?.Target is CertificateChoice;

    private void Apply(ConnectionContext connection, SslServerAuthenticationOptions handshake)
    {
        users?.Invoke(connection, handshake);
        if (connection.Features.Get<ServedCertificate>()?.Context is not { } ours) return;

        handshake.ServerCertificateContext = ours;
        handshake.ServerCertificate = null;
        handshake.ServerCertificateSelectionCallback = null;
    }
}
