using System.Net.Security;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Serving.Finding;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>A leaf with its key and its chain as OpenSSL has them, for connections that share their context with those of other certificates.</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class OpenSslLeaf : IDisposable
{
    private readonly LeafHandle _leaf;
    private readonly SafeEvpPKeyHandle _key;
    private readonly OpenSslChain _chain;

    /// <summary>Whoever has been shown another certificate begins anew: sessions are resumed only where this is the same.</summary>
    private readonly byte[] _sessions;
    private readonly Lock _gate = new();

    private volatile Showing? _now;

    private OpenSslLeaf(LeafHandle leaf, SafeEvpPKeyHandle key, byte[] sessions, IEnumerable<X509Certificate2> intermediates)
    {
        (_leaf, _key, _sessions) = (leaf, key, sessions);
        _chain = new OpenSslChain(intermediates);
    }

    /// <summary>Null where .NET's own way has to say what the leaf is, or what is wrong with it: a key of another kind, another one's, or no certificate.</summary>
    /// <param name="der">The leaf.</param>
    public static OpenSslLeaf? TryOpen(ReadOnlySpan<byte> der, ReadOnlyMemory<byte> privateKeyPkcs8, IEnumerable<X509Certificate2> intermediates) =>
        QuickLeaf.TryOpen(der, privateKeyPkcs8) is { } opened ? new OpenSslLeaf(opened.Leaf, opened.Key, SHA256.HashData(der), intermediates) : null;

    /// <summary>What .NET has opened.</summary>
    /// <param name="certificate">With its key.</param>
    public static OpenSslLeaf? TryTake(X509Certificate2 certificate, IEnumerable<X509Certificate2> intermediates)
    {
        using var rsa = certificate.GetRSAPrivateKey() as RSAOpenSsl;
        using var ecdsa = rsa is null ? certificate.GetECDsaPrivateKey() as ECDsaOpenSsl : null;
        if ((rsa?.DuplicateKeyHandle() ?? ecdsa?.DuplicateKeyHandle()) is not { } key) return null;

        return new OpenSslLeaf(LeafHandle.Hold(certificate.Handle), key, SHA256.HashData(certificate.RawDataMemory.Span), intermediates);
    }

    /// <summary>As .NET opens it, for those who share nothing.</summary>
    public X509Certificate2 ToCertificate()
    {
        using var opened = new X509Certificate2(_leaf.DangerousGetHandle());
        using var certificate = X509CertificateLoader.LoadCertificate(opened.RawDataMemory.Span);
        using var ecdsa = new ECDsaOpenSsl(_key);
        return certificate.CopyWithPrivateKey(ecdsa);
    }

    /// <summary>For .NET, which looks for a certificate there; connections that have it are given this one by <see cref="TryGive"/>. To be released when the connection is over: what was shown with the contexts of a day past goes then.</summary>
    public Showing Show(SharedContexts contexts)
    {
        if (_now is { } now && now.Contexts == contexts && now.TryUse()) return now;

        lock (_gate)
        {
            var former = _now;
            if (former?.Contexts == contexts && former.TryUse()) return former;

            _now = now = new Showing(contexts, PlatformContexts.Show(new ShownCertificate(_leaf.DangerousGetHandle(), contexts.Mark)));
            now.TryUse();
            former?.Release();
            return now;
        }
    }

    /// <summary>Gives it to a connection (<c>SSL*</c>), in the place of whatever that has; false: the connection has none then.</summary>
    public bool TryGive(nint connection)
    {
        TakeAll(connection);
        return Give(connection, _leaf, _key, _chain, 1) == 1 && NameSessions(connection, _sessions, (uint)_sessions.Length) == 1;
    }

    public void Dispose()
    {
        _now?.Release();
        _leaf.Dispose();
        _key.Dispose();
        _chain.Dispose();
    }

    [LibraryImport(OpenSslLibrary.Ssl, EntryPoint = "SSL_certs_clear")]
    private static partial void TakeAll(nint connection);

    [LibraryImport(OpenSslLibrary.Ssl, EntryPoint = "SSL_use_cert_and_key")]
    private static partial int Give(nint connection, LeafHandle leaf, SafeEvpPKeyHandle key, OpenSslChain chain, int replaces);

    [LibraryImport(OpenSslLibrary.Ssl, EntryPoint = "SSL_set_session_id_context")]
    private static partial int NameSessions(nint connection, byte[] name, uint length);
}
