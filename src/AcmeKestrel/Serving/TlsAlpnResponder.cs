using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Challenges;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Serving.Finding;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving;

/// <summary>Answers a CA's tls-alpn-01 probe (RFC 8737): a handshake of its own with the challenge certificate, and nothing after it. No visitor's connection ever comes here.</summary>
internal sealed class TlsAlpnResponder(LiveAnswers answers, CertificateTable table, ServingLimits limits, TimeProvider time, ILogger<TlsAlpnResponder> logger)
{
    private static readonly List<SslApplicationProtocol> AcmeTlsAlpn = [new("acme-tls/1")];

    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);
    private readonly ProbeCertificates _certificates = new(time);
    private readonly OpenProbes _open = new(limits);
    private readonly (RareWord OfOurs, RareWord OfOthers) _refused = (new(time), new(time));
    private readonly RareWord _failed = new(time);

    /// <summary>Does the handshake and ends the connection; without a pending answer there is no handshake at all.</summary>
    public async Task AnswerAsync(ConnectionContext connection, string? serverName)
    {
        if (await FindAsync(connection, serverName) is not { } answer)
        {
            var refused = serverName is not null && IsOurs(serverName) ? _refused.OfOurs : _refused.OfOthers;
            if (refused.IsDue()) _log.ProbeWithoutAnswer(serverName, connection.RemoteEndPoint);
            connection.Abort(new ConnectionAbortedException("An acme-tls/1 probe for a name without a pending challenge."));
            return;
        }

        var probe = _open.Enter(connection, answer, Asker.NetworkOf(RemoteOf(connection)));
        try
        {
            await HandshakeAsync(connection, answer);
        }
        finally
        {
            _open.Leave(probe);
        }
    }

    /// <summary>Not ConnectionClosed, here neither: who goes away while the store is asked must be no exception of the connection's, and the question has an end of its own.</summary>
    private async ValueTask<ChallengeAnswer?> FindAsync(ConnectionContext connection, string? serverName) => serverName is null
        ? null
        : await answers.FindTlsAlpn01Async(serverName, new Asker(RemoteOf(connection), IsOurs(serverName)), CancellationToken.None);

    /// <summary>An address is known by its own text, and probed for by its reverse name.</summary>
    private bool IsOurs(string serverName) => table.Knows(ReverseName.AddressOf(serverName) is { } address ? AddressText.Print(address) : serverName);

    private static IPAddress? RemoteOf(ConnectionContext connection) => (connection.RemoteEndPoint as IPEndPoint)?.Address;

    private async Task HandshakeAsync(ConnectionContext connection, ChallengeAnswer answer)
    {
        // Not ConnectionClosed: it comes with the CA's FIN, ahead of the CA's last words that are still to be read. The end of the input ends the handshake, too.
        using var deadline = new CancellationTokenSource(limits.ProbeDeadline, time);
        await using var transport = new DuplexPipeStream(connection.Transport);
        await using var tls = new SslStream(transport);
        try
        {
            await tls.AuthenticateAsServerAsync(Options(answer), deadline.Token);
            await tls.ShutdownAsync().WaitAsync(deadline.Token);
            _log.ProbeAnswered(answer.Identifier.Value, connection.RemoteEndPoint);
        }
        catch (Exception failed) when (failed is AuthenticationException or IOException or OperationCanceledException)
        {
            if (_failed.IsDue()) _log.ProbeFailed(answer.Identifier.Value, connection.RemoteEndPoint, failed);
            connection.Abort(new ConnectionAbortedException("The acme-tls/1 handshake failed.", failed));
        }
    }

    private SslServerAuthenticationOptions Options(ChallengeAnswer answer) => new()
    {
        ApplicationProtocols = AcmeTlsAlpn,
        ServerCertificateContext = _certificates.For(answer),
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,

        // Keeps these short-lived certificates out of the process-wide cache of TLS contexts, where each could push out a real one.
        AllowTlsResume = false,
    };
}
