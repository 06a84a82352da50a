using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;

namespace AcmeKestrel.Serving.Finding;

/// <summary>What TLS needs of a certificate, made once: a context for each handshake would cost as much again as the handshake. It holds memory outside .NET's, which is given back when the last connection that uses it has ended.</summary>
internal sealed class LoadedCertificate
{
    /// <summary>One of them is its holder's.</summary>
    private int _uses = 1;

    private LoadedCertificate(SslStreamCertificateContext context) => Context = context;

    /// <summary>The leaf with its key and its intermediates.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Nobody uses it any more, and nobody will.</summary>
    public bool IsGone => Volatile.Read(ref _uses) == 0;

    /// <exception cref="CryptographicException">The platform cannot use it.</exception>
    public static LoadedCertificate Of(Generation generation)
    {
        var intermediates = new X509Certificate2Collection();
        foreach (var der in generation.Chain.Intermediates) intermediates.Add(X509CertificateLoader.LoadCertificate(der.Span));

        // Offline: a URL inside a certificate must not make a handshake wait for the network.
        return new LoadedCertificate(SslStreamCertificateContext.Create(Open(generation), intermediates, offline: true));
    }

    /// <summary>False where it has just gone.</summary>
    public bool TryUse()
    {
        var uses = Volatile.Read(ref _uses);
        while (uses > 0)
        {
            var before = Interlocked.CompareExchange(ref _uses, uses + 1, uses);
            if (before == uses) return true;
            uses = before;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _uses) > 0) return;

        Context.TargetCertificate.Dispose();
        foreach (var intermediate in Context.IntermediateCertificates) intermediate.Dispose();
    }

    private static X509Certificate2 Open(Generation generation)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
        using var key = CertificateKey.Open(generation.PrivateKeyPkcs8.Span);
        using var certificate = key is RSA rsa ? leaf.CopyWithPrivateKey(rsa) : leaf.CopyWithPrivateKey((ECDsa)key);
        return TlsCertificate.Usable(certificate);
    }
}
