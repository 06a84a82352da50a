using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Validation;

/// <summary>tls-alpn-01 (RFC 8737; addresses: RFC 8738 section 6).</summary>
internal sealed class TlsAlpnProbe(Func<ProbePorts> ports)
{
    private static readonly SslApplicationProtocol AcmeTls = new("acme-tls/1");

    public async Task<ChallengeProblem?> ProbeAsync(ChallengeProbe probe, CancellationToken cancellationToken)
    {
        var identifier = new Identifier(probe.IdentifierType, probe.Identifier);
        using var stream = await Loopback.ConnectAsync(probe.Identifier, ports().Tls, cancellationToken).ConfigureAwait(false);
        using var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = identifier.ServerName(),
                    ApplicationProtocols = [AcmeTls],
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is AuthenticationException or IOException)
        {
            return new ChallengeProblem("tls", $"The handshake for {probe.Identifier} failed: {error.Message}");
        }

        if (tls.NegotiatedApplicationProtocol != AcmeTls) return new ChallengeProblem("unauthorized", $"The server for {probe.Identifier} does not speak acme-tls/1.");
        if (tls.RemoteCertificate is not X509Certificate2 certificate) return new ChallengeProblem("unauthorized", "The server showed no certificate.");
        return CertificateProof.Objection(certificate, identifier, probe.KeyAuthorization) is { } objection ? new ChallengeProblem("unauthorized", objection) : null;
    }
}
