using System.Formats.Asn1;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace AcmeKestrel.LocalCa.Validation;

/// <summary>RFC 8737 section 3: a TLS handshake with exactly <c>acme-tls/1</c>, and the certificate it shows.</summary>
internal static class TlsAlpn01Probe
{
    private const string AcmeIdentifier = "1.3.6.1.5.5.7.1.31";

    private static readonly SslApplicationProtocol Protocol = new("acme-tls/1");

    public static async Task<ChallengeFailure?> RunAsync(ChallengeProbe probe, int port, CancellationToken cancellationToken)
    {
        await using var connection = await Loopback.ConnectAsync(port, cancellationToken);
        X509Certificate2? shown = null;
#pragma warning disable CA5359 // The certificate is self-signed by design; what it says is checked below (RFC 8737 section 3).
        await using var tls = new SslStream(connection);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = ServerName(probe),
                    ApplicationProtocols = [Protocol],
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    AllowTlsResume = false,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    {
                        shown = certificate is null ? null : X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
                        return true;
                    },
                },
                cancellationToken);
        }
        catch (AuthenticationException refused)
        {
            return new ChallengeFailure("tls", $"{probe.Identifier}: the handshake failed: {refused.InnerException?.Message ?? refused.Message}");
        }

#pragma warning restore CA5359

        if (tls.NegotiatedApplicationProtocol != Protocol) return new ChallengeFailure("unauthorized", $"{probe.Identifier}: the server did not choose acme-tls/1");
        if (shown is null) return new ChallengeFailure("unauthorized", $"{probe.Identifier}: the server showed no certificate");

        using (shown) return FindFault(shown, probe) is { } fault ? new ChallengeFailure("unauthorized", $"{probe.Identifier}: {fault}") : null;
    }

    /// <summary>For an address the name of its reverse record (RFC 8738 section 6).</summary>
    internal static string ServerName(ChallengeProbe probe)
    {
        if (probe.IdentifierType != "ip") return probe.Identifier;

        var bytes = IPAddress.Parse(probe.Identifier).GetAddressBytes();
        return bytes.Length == 4
            ? string.Join('.', bytes.Reverse()) + ".in-addr.arpa"
            : string.Join('.', Convert.ToHexStringLower(bytes).Reverse()) + ".ip6.arpa";
    }

    internal static string? FindFault(X509Certificate2 certificate, ChallengeProbe probe)
    {
        var alternatives = certificate.Extensions.Where(extension => extension.Oid?.Value == "2.5.29.17").ToList();
        if (alternatives.Count != 1) return "the certificate must have one subject alternative name";

        // Counted over every kind of name, not only those that are read below.
        var sequence = new AsnReader(alternatives[0].RawData, AsnEncodingRules.DER).ReadSequence();
        sequence.ReadEncodedValue();
        if (sequence.HasData) return "the certificate names more than one subject";

        var names = new X509SubjectAlternativeNameExtension(alternatives[0].RawData);
        var named = probe.IdentifierType == "ip"
            ? names.EnumerateIPAddresses().Select(address => address.ToString()).SingleOrDefault()
            : names.EnumerateDnsNames().SingleOrDefault()?.ToLowerInvariant();
        if (named != probe.Identifier) return $"the certificate is for '{named}'";

        var identifier = certificate.Extensions.SingleOrDefault(extension => extension.Oid?.Value == AcmeIdentifier);
        if (identifier is null) return "the certificate has no acmeIdentifier extension";
        if (!identifier.Critical) return "the acmeIdentifier extension is not critical";

        var expected = new AsnWriter(AsnEncodingRules.DER);
        expected.WriteOctetString(SHA256.HashData(Encoding.ASCII.GetBytes(probe.KeyAuthorization)));
        return identifier.RawData.AsSpan().SequenceEqual(expected.Encode()) ? null : "the acmeIdentifier extension is for another key authorization";
    }
}
