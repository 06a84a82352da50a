using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Serving.Finding;

/// <summary>
/// Makes the platform's TLS contexts of a chain that is known. Its own way builds the chain anew, which takes more than all else of a cold certificate together; the constructor that it ends with is
/// not public. On a platform where that is another one, or gone, the public way is taken.
/// </summary>
internal static class PlatformContexts
{
    private static readonly Lazy<X509Certificate2> LazyStandIn = new(MakeStandIn);

    /// <summary>Its leaf once more. Accessors that are made by the compiler cannot give a reference to a field whose type is not public.</summary>
    private static readonly FieldInfo? CertificateHandle = typeof(SslStreamCertificateContext).GetField("CertificateHandle", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    /// <summary>Whether a chain with intermediates is taken as it is.</summary>
    public static bool TakesChains { get; } = Probe();

    /// <summary>Whether <see cref="Show"/> can be done.</summary>
    public static bool ShowsOthers { get; } = TakesChains && Takes(StandIn);

    /// <summary>Whoever is shown it was given no certificate: nobody trusts it, and it has no name.</summary>
    public static X509Certificate2 StandIn => LazyStandIn.Value;

    public static SslStreamCertificateContext Create(X509Certificate2 leaf, IReadOnlyCollection<X509Certificate2> intermediates)
    {
        // Offline: a URL inside a certificate must not make a handshake wait for the network. A chain without intermediates may be completed from the machine's store.
        if (!TakesChains || intermediates.Count == 0) return SslStreamCertificateContext.Create(leaf, [.. intermediates], offline: true);

        var context = New(leaf, new ReadOnlyCollection<X509Certificate2>([.. intermediates.Where(IsSent)]), null);
        IsStaplingForbidden(context) = true;
        return context;
    }

    /// <summary>A root is not: a client that does not have it would not believe it.</summary>
    public static bool IsSent(X509Certificate2 intermediate) => !intermediate.SubjectName.RawData.AsSpan().SequenceEqual(intermediate.IssuerName.RawData);

    /// <summary>A context that shows a certificate and has only the stand-in: for connections that OpenSSL is told to give another one.</summary>
    public static SslStreamCertificateContext Show(X509Certificate2 certificate)
    {
        var context = New(StandIn, ReadOnlyCollection<X509Certificate2>.Empty, null);
        IsStaplingForbidden(context) = true;
        Target(context) = certificate;
        return context;
    }

    /// <summary>What the context holds beside its certificates.</summary>
    public static void Close(SslStreamCertificateContext context)
    {
        if (TakesChains) CloseOwn(context);
    }

    /// <summary>Its intermediates are others' as well, but of each it has one more that is its own.</summary>
    private static void CloseOwn(SslStreamCertificateContext context)
    {
        KeyHandle(context)?.Dispose();
        (CertificateHandle?.GetValue(context) as SafeHandle)?.Dispose();
        foreach (var own in OwnIntermediates(context) ?? []) own.Dispose();
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
            var context = New(certificate, new ReadOnlyCollection<X509Certificate2>([certificate]), null);
            IsStaplingForbidden(context) = true;
            var isWhole = context.TargetCertificate == certificate && KeyHandle(context) is { IsInvalid: false } && context.IntermediateCertificates is [var intermediate] && intermediate == certificate;
            CloseOwn(context);
            return isWhole && certificate.Handle != 0;
        }
        catch (Exception)
        {
            return false;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "As above.")]
    private static bool Takes(X509Certificate2 certificate)
    {
        try
        {
            var context = Show(certificate);
            Close(context);
            return ReferenceEquals(context.TargetCertificate, certificate);
        }
        catch (Exception)
        {
            return false;
        }
    }

    private static X509Certificate2 MakeStandIn()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=no certificate", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<TargetCertificate>k__BackingField")]
    private static extern ref X509Certificate2 Target(SslStreamCertificateContext context);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern SslStreamCertificateContext New(X509Certificate2 leaf, ReadOnlyCollection<X509Certificate2> intermediates, SslCertificateTrust? trust);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_staplingForbidden")]
    private static extern ref bool IsStaplingForbidden(SslStreamCertificateContext context);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_privateIntermediateCertificates")]
    private static extern ref X509Certificate2[]? OwnIntermediates(SslStreamCertificateContext context);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "KeyHandle")]
    private static extern ref SafeEvpPKeyHandle? KeyHandle(SslStreamCertificateContext context);
}
