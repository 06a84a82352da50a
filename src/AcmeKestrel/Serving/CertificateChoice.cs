using System.Net.Security;
using System.Security.Authentication;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Serving.Finding;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AcmeKestrel.Serving;

/// <summary>Puts the certificate found for a connection into a handshake that Kestrel has set up: everything else the user configured stays.</summary>
internal sealed class CertificateChoice(Action<ConnectionContext, SslServerAuthenticationOptions>? users, GateKeeper keeper)
{
    private readonly Action<ConnectionContext, SslServerAuthenticationOptions>? _users = users;

    /// <summary>Wraps the options' callback, once: several endpoints may share one options object.</summary>
    public static void Arm(HttpsConnectionAdapterOptions https, GateKeeper keeper) => https.OnAuthenticate = Wrap(https.OnAuthenticate, keeper);

    /// <summary>The same for a callback that stands elsewhere.</summary>
    public static Action<ConnectionContext, SslServerAuthenticationOptions> Wrap(Action<ConnectionContext, SslServerAuthenticationOptions>? users, GateKeeper keeper) =>
        users?.Target is CertificateChoice ? users : new CertificateChoice(users, keeper).Apply;

    /// <summary>Whether a callback is the user's, or does what the user's does.</summary>
    public static bool HasUsers(Action<ConnectionContext, SslServerAuthenticationOptions>? callback) => callback is not null && callback.Target is not CertificateChoice { _users: null };

    private void Apply(ConnectionContext connection, SslServerAuthenticationOptions handshake)
    {
        _users?.Invoke(connection, handshake);
        if (connection.Features.Get<TakenCertificate>() is { } ours)
        {
            handshake.ServerCertificateContext = ours.ContextFor(handshake);
            handshake.ServerCertificate = null;
            handshake.ServerCertificateSelectionCallback = null;
            return;
        }

        // Here nothing gets by, whatever kept the gate from reading the hello or from knowing the endpoint.
        var unanswered = connection.Features.Get<UnansweredHello>();
        var mayBeStored = unanswered?.MayBeStored ?? keeper.IsListing;
        if (keeper.UnknownHosts.Refuse(handshake, unanswered?.ServerName, mayBeStored))
        {
            if (mayBeStored) throw new AuthenticationException("It is not known yet what is stored.", keeper.Unlisted(unanswered?.ServerName));

            keeper.Count(HandshakeOutcome.Refused);
            throw new AuthenticationException("There is no certificate for the server name.");
        }

        // Where nobody asked for one of ours (a section with the user's own certificate) nothing was missing.
        if (unanswered is not null) keeper.Count(HandshakeOutcome.Fallback);
    }
}
