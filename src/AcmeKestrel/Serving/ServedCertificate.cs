using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving;

/// <summary>A generation as TLS uses it. It holds bytes until the first handshake asks, so that thousands of cold names cost little.</summary>
internal sealed class ServedCertificate(Generation generation, TimeProvider time, ILogger logger)
{
    /// <summary>What keeps a platform from taking a key may pass, as a full disk or a lack of handles does.</summary>
    private static readonly TimeSpan TriedAgainAfter = TimeSpan.FromMinutes(1);

    private readonly Lock _building = new();
    private volatile SslStreamCertificateContext? _context;
    private long _failedAt;
    private volatile bool _hasFailed;

    public Generation Generation { get; } = generation;

    /// <summary>It was tried a moment ago, and TLS could not use it.</summary>
    public bool IsBroken => _hasFailed && _context is null && time.GetElapsedTime(Volatile.Read(ref _failedAt)) < TriedAgainAfter;

    /// <summary>The leaf with its intermediates, made once: a context for each handshake would cost as much again as the handshake. Null when the bytes cannot be used.</summary>
    public SslStreamCertificateContext? Context => _context ?? Build();

    private SslStreamCertificateContext? Build()
    {
        lock (_building)
        {
            if (_context is not null || IsBroken) return _context;

            try
            {
                return _context = Create();
            }
#pragma warning disable CA1031 // Whatever it is: the name's other certificates, or what unknown names get, are better than a failing handshake.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                if (!_hasFailed) logger.CertificateUnusable(Generation.Label, Generation.Id, fault);
                Volatile.Write(ref _failedAt, time.GetTimestamp());
                _hasFailed = true;
                return null;
            }
        }
    }

    private SslStreamCertificateContext Create()
    {
        var intermediates = new X509Certificate2Collection();
        foreach (var der in Generation.Chain.Intermediates) intermediates.Add(X509CertificateLoader.LoadCertificate(der.Span));

        // Offline: a URL inside a certificate must not make a handshake wait for the network.
        return SslStreamCertificateContext.Create(Load(Generation), intermediates, offline: true);
    }

    private static X509Certificate2 Load(Generation generation)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
        using var key = CertificateKey.Open(generation.PrivateKeyPkcs8.Span);
        using var certificate = key is RSA rsa ? leaf.CopyWithPrivateKey(rsa) : leaf.CopyWithPrivateKey((ECDsa)key);
        return TlsCertificate.Usable(certificate);
    }
}
