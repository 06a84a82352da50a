using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>
/// Opens a leaf with its elliptic-curve key in a tenth of the time that .NET's way takes, which has OpenSSL 3 look for a decoder of the public key, and of the private one, among all that its
/// providers have. Here the leaf is parsed in a library context that has no decoder to look for. Its public key is computed from the private one, and is to be, byte for byte, what the leaf has:
/// so it is known that they belong together, as .NET finds out by multiplying.
/// </summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class QuickLeaf
{
    /// <summary>Of OpenSSL's: with nothing in it.</summary>
    private static readonly nint Empty = OpenSslLibrary.IsKnown ? NewEmpty() : 0;

    /// <summary>Whether this OpenSSL does it.</summary>
    public static bool IsKnown { get; } = Probe();

    /// <summary>OpenSSL's certificate and key, the caller's by then; null where .NET's own way has to say what is wrong, or takes it.</summary>
    /// <param name="der">The leaf.</param>
    public static (LeafHandle Leaf, SafeEvpPKeyHandle Key)? TryOpen(ReadOnlySpan<byte> der, ReadOnlyMemory<byte> privateKeyPkcs8)
    {
        if (!IsKnown || EcSecret.TryRead(privateKeyPkcs8) is not { } secret) return null;

        return Open(der, secret);
    }

    private static (LeafHandle Leaf, SafeEvpPKeyHandle Key)? Open(ReadOnlySpan<byte> der, EcSecret secret)
    {
        var (key, publicKey) = NewKeys(secret);
        var leaf = new LeafHandle(key == 0 || publicKey == 0 ? 0 : Parse(der, publicKey));
        FreeAnyKey(publicKey);
        OpenSslLibrary.ClearErrors();
        var held = new SafeEvpPKeyHandle(key, ownsHandle: true);
        if (!leaf.IsInvalid) return (leaf, held);

        held.Dispose();
        return null;
    }

    /// <summary>Zero: it is no certificate, not in DER, or another key's.</summary>
    private static nint Parse(ReadOnlySpan<byte> der, nint publicKey)
    {
        var leaf = NewLeaf(Empty, 0);
        fixed (byte* start = der)
        {
            var at = start;
            if (leaf == 0 || ReadLeaf(&leaf, &at, der.Length) == 0 || at != start + der.Length) return Fail(leaf);
        }

        // What it shows its clients is what was read, to the last byte, and its key is the one it had.
        var own = PublicKeyOf(leaf);
        return SetPublicKey(leaf, publicKey) == 1 && PublicKeyOf(leaf).AsSpan().SequenceEqual(own) && Write(leaf, &WriteLeaf).AsSpan().SequenceEqual(der) ? leaf : Fail(leaf);
    }

    private static nint Fail(nint leaf)
    {
        LeafHandle.Free(leaf);
        return 0;
    }

    /// <summary>The whole key, and what belongs to it and is public; zero where OpenSSL does not take it.</summary>
    private static (nint Key, nint PublicKey) NewKeys(EcSecret secret)
    {
        var key = NewCurveKey(secret.Curve);
        if (key == 0) return default;

        var point = NewPoint(GroupOf(key));
        var open = NewBareKey();
        fixed (byte* number = secret.Number.Span)
        {
            var isWhole = SetNumber(key, number, (nuint)secret.Number.Length) == 1 && Multiply(GroupOf(key), point, NumberOf(key), 0, 0, 0) == 1
                && SetPoint(key, point) == 1 && SetGroup(open, GroupOf(key)) == 1 && SetPoint(open, point) == 1;
            var keys = isWhole ? (Wrap(key), Wrap(open)) : default;
            FreePoint(point);
            FreeCurveKey(open);
            FreeCurveKey(key);
            return keys;
        }
    }

    private static nint Wrap(nint curveKey)
    {
        var key = NewAnyKey();
        if (SetCurveKey(key, curveKey) == 1) return key;

        FreeAnyKey(key);
        return 0;
    }

    private static byte[] PublicKeyOf(nint leaf) => Write(PublicKey(leaf), &WritePublicKey);

    /// <param name="write">Gives the length where there is no place to write to.</param>
    private static byte[] Write(nint item, delegate*<nint, byte**, int> write)
    {
        var bytes = new byte[Math.Max(write(item, null), 0)];
        fixed (byte* start = bytes)
        {
            var at = start;
            if (start is not null) _ = write(item, &at);
        }

        return bytes;
    }

    /// <summary>Zero where there is none.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever an OpenSSL lacks: .NET's way is left.")]
    private static nint NewEmpty()
    {
        try
        {
            // A context that was told of no provider would load the default one when it is asked for something.
            var context = NewContext();
            return context != 0 && LoadProvider(context, "null") != 0 ? context : 0;
        }
        catch (Exception)
        {
            return 0;
        }
    }

    /// <summary>Opens one as .NET is to take it, and one with another's key.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever an OpenSSL does with it: .NET's way is left.")]
    private static bool Probe()
    {
        if (Empty == 0) return false;

        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var certificate = new CertificateRequest("CN=probe", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
            if (Open(certificate.RawData, EcSecret.TryRead(key.ExportPkcs8PrivateKey())!.Value) is not { } opened) return false;

            using var leaf = opened.Leaf;
            using var secret = opened.Key;
            using var taken = new X509Certificate2(leaf.DangerousGetHandle());
            return taken.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span) && Open(certificate.RawData, EcSecret.TryRead(other.ExportPkcs8PrivateKey())!.Value) is null;
        }
        catch (Exception)
        {
            return false;
        }
    }

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "OSSL_LIB_CTX_new")]
    private static partial nint NewContext();

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "OSSL_PROVIDER_load", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint LoadProvider(nint context, string name);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "X509_new_ex")]
    private static partial nint NewLeaf(nint context, nint properties);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "d2i_X509")]
    private static partial nint ReadLeaf(nint* leaf, byte** bytes, nint length);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "i2d_X509")]
    private static partial int WriteLeaf(nint leaf, byte** bytes);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "X509_get_X509_PUBKEY")]
    private static partial nint PublicKey(nint leaf);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "i2d_X509_PUBKEY")]
    private static partial int WritePublicKey(nint publicKey, byte** bytes);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "X509_set_pubkey")]
    private static partial int SetPublicKey(nint leaf, nint key);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EC_KEY_new_by_curve_name")]
    private static partial nint NewCurveKey(int curve);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EC_KEY_new")]
    private static partial nint NewBareKey();

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EC_KEY_set_group")]
    private static partial int SetGroup(nint key, nint group);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EC_KEY_free")]
    private static partial void FreeCurveKey(nint key);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EC_KEY_get0_group")]
    private static partial nint GroupOf(nint key);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EC_KEY_oct2priv")]
    private static partial int SetNumber(nint key, byte* number, nuint length);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EC_KEY_get0_private_key")]
    private static partial nint NumberOf(nint key);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EC_KEY_set_public_key")]
    private static partial int SetPoint(nint key, nint point);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EC_POINT_new")]
    private static partial nint NewPoint(nint group);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EC_POINT_free")]
    private static partial void FreePoint(nint point);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EC_POINT_mul")]
    private static partial int Multiply(nint group, nint result, nint number, nint point, nint factor, nint space);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EVP_PKEY_new")]
    private static partial nint NewAnyKey();

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EVP_PKEY_free")]
    private static partial void FreeAnyKey(nint key);

    [LibraryImport(OpenSslLibrary.Crypto, EntryPoint = "EVP_PKEY_set1_EC_KEY")]
    private static partial int SetCurveKey(nint key, nint curveKey);
}
