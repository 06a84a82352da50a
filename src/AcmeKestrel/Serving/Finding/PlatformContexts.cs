using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Serving.Finding;

/// <summary>
/// Makes the platform's TLS contexts of a chain that is known. Its own way builds the chain anew, which takes more than all else of a cold certificate together; the constructor that it ends with is
/// not public. On a platform where that is another one, or gone, the public way is taken.
/// </summary>
internal static class PlatformContexts
{
    /// <summary>Whether a chain with intermediates is taken as it is.</summary>
    public static bool TakesChains { get; } = Probe();

    public static SslStreamCertificateContext Create(X509Certificate2 leaf, IReadOnlyCollection<X509Certificate2> intermediates)
    {
        // Offline: a URL inside a certificate must not make a handshake wait for the network. A chain without intermediates may be completed from the machine's store.
        if (!TakesChains || intermediates.Count == 0) return SslStreamCertificateContext.Create(leaf, [.. intermediates], offline: true);

        // A root is not sent: a client that does not have it would not believe it.
        var context = New(leaf, new ReadOnlyCollection<X509Certificate2>([.. intermediates.Where(certificate => !certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData))]), null);
        IsStaplingForbidden(context) = true;
        return context;
    }

    /// <summary>What the context holds beside its certificates.</summary>
    public static void Close(SslStreamCertificateContext context)
    {
        if (TakesChains) KeyHandle(context)?.Dispose();
    }

    /// <summary>Linux has all of it; elsewhere a context has other members.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a platform does with it: the public way is left.")]
    private static bool Probe()
    {
        if (!OperatingSystem.IsLinux()) return false;

        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = new CertificateRequest("CN=probe", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
            var context = New(certificate, new ReadOnlyCollection<X509Certificate2>([]), null);
            IsStaplingForbidden(context) = true;
            var isWhole = context.TargetCertificate == certificate && context.IntermediateCertificates.Count == 0 && KeyHandle(context) is { IsInvalid: false };
            KeyHandle(context)?.Dispose();
            return isWhole;
        }
        catch (Exception)
        {
            return false;
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern SslStreamCertificateContext New(X509Certificate2 leaf, ReadOnlyCollection<X509Certificate2> intermediates, SslCertificateTrust? trust);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_staplingForbidden")]
    private static extern ref bool IsStaplingForbidden(SslStreamCertificateContext context);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "KeyHandle")]
    private static extern ref SafeEvpPKeyHandle? KeyHandle(SslStreamCertificateContext context);
}
