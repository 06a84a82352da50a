using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving;

/// <summary>A generation as TLS uses it. It holds bytes until the first handshake asks, so that thousands of cold names cost little.</summary>
internal sealed class ServedCertificate(Generation generation, ILogger logger)
{
    private readonly Lazy<SslStreamCertificateContext?> _context = new(() => Build(generation, logger));

    public Generation Generation { get; } = generation;

    /// <summary>The leaf with its intermediates, made once: a context for each handshake would cost as much again as the handshake. Null when the bytes cannot be used.</summary>
    public SslStreamCertificateContext? Context => _context.Value;

    private static SslStreamCertificateContext? Build(Generation generation, ILogger logger)
    {
        try
        {
            var intermediates = new X509Certificate2Collection();
            foreach (var der in generation.Chain.Intermediates) intermediates.Add(X509CertificateLoader.LoadCertificate(der.Span));

            // Offline: a URL inside a certificate must not make a handshake wait for the network.
            return SslStreamCertificateContext.Create(Load(generation), intermediates, offline: true);
        }
        catch (CryptographicException fault)
        {
            logger.CertificateUnusable(generation.Label, generation.Id, fault);
            return null;
        }
    }

    private static X509Certificate2 Load(Generation generation)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
        using var key = CertificateKey.Open(generation.PrivateKeyPkcs8.Span);
        try
        {
            using var certificate = key is RSA rsa ? leaf.CopyWithPrivateKey(rsa) : leaf.CopyWithPrivateKey((ECDsa)key);
            return TlsCertificate.Usable(certificate);
        }
        catch (ArgumentException mismatch)
        {
            throw new CryptographicException("The key is not the certificate's.", mismatch);
        }
    }
}
