using System.Collections.Concurrent;
using System.Net.Security;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Serving.OpenSsl;

namespace AcmeKestrel.Serving.Finding;

/// <summary>
/// Opens certificates for TLS with as few calls of the platform's decoders as can be: they are what a cold handshake waits for. An intermediate is opened once for all that have it, and the chain,
/// which is known, is not built once more.
/// </summary>
internal sealed class TlsContexts(HotSet hot)
{
    /// <summary>Of a handful of CAs; beyond that each is opened for itself.</summary>
    private const int MaxShared = 256;

    private readonly ConcurrentDictionary<string, X509Certificate2> _intermediates = new(StringComparer.Ordinal);

    /// <exception cref="CryptographicException">The platform cannot use it.</exception>
    /// <exception cref="ArgumentException">The key is another certificate's.</exception>
    public LoadedCertificate Open(Generation generation)
    {
        var intermediates = generation.Chain.Intermediates.Select(Intermediate).ToList();
        if (OperatingSystem.IsLinux() && PlatformContexts.TakesChains && intermediates.Exists(PlatformContexts.IsSent)) return OpenChain(generation, intermediates);

        // A chain that is to be completed from elsewhere: the platform does that.
        return new LoadedCertificate(new(PlatformContexts.Create(OpenLeaf(generation), intermediates)), null, hot);
    }

    [SupportedOSPlatform("linux")]
    private LoadedCertificate OpenChain(Generation generation, List<X509Certificate2> intermediates)
    {
        var sent = intermediates.Where(PlatformContexts.IsSent);
        if (OpenSslLeaf.TryOpen(generation.Chain.Leaf.Span, generation.PrivateKeyPkcs8, sent) is { } quick)
        {
            return new LoadedCertificate(new(() => PlatformContexts.Create(quick.ToCertificate(), intermediates), LazyThreadSafetyMode.PublicationOnly), quick, hot);
        }

        var leaf = OpenLeaf(generation);
        return new LoadedCertificate(new(PlatformContexts.Create(leaf, intermediates)), OpenSslLeaf.TryTake(leaf, sent), hot);
    }

    /// <summary>The leaf's memory and its key's; intermediates are others' as well.</summary>
    public static void Close(SslStreamCertificateContext context)
    {
        PlatformContexts.Close(context);
        context.TargetCertificate.Dispose();
    }

    private X509Certificate2 Intermediate(ReadOnlyMemory<byte> der)
    {
        var print = Convert.ToHexString(SHA256.HashData(der.Span));
        if (_intermediates.TryGetValue(print, out var known)) return known;

        var opened = X509CertificateLoader.LoadCertificate(der.Span);
        return _intermediates.Count < MaxShared ? _intermediates.GetOrAdd(print, opened) : opened;
    }

    private static X509Certificate2 OpenLeaf(Generation generation)
    {
        using var key = CertificateKey.Open(generation.PrivateKeyPkcs8.Span);
        using var leaf = X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
        using var certificate = key is RSA rsa ? leaf.CopyWithPrivateKey(rsa) : leaf.CopyWithPrivateKey((ECDsa)key);
        return TlsCertificate.Usable(certificate);
    }
}
