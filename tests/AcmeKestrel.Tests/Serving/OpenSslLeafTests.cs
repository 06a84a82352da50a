using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Serving.OpenSsl;
using CsCheck;

namespace AcmeKestrel.Tests.Serving;

/// <summary>What opens a leaf without the platform's decoders opens the same as these, and nothing that they would not.</summary>
public sealed class OpenSslLeafTests
{
    private static readonly TestCa Ca = new();

    [Fact]
    public void This_platform_is_one_where_it_can() => Assert.Equal(OperatingSystem.IsLinux(), QuickLeaf.IsKnown);

    [Theory]
    [InlineData("nistP256")]
    [InlineData("nistP384")]
    [InlineData("nistP521")]
    public void It_opens_the_leaf_of_a_key_and_signs_with_it(string curve)
    {
        var (der, key) = Issue(ECCurve.CreateFromFriendlyName(curve));

        using var leaf = OpenSslLeaf.TryOpen(der, key, []);

        using var certificate = leaf!.ToCertificate();
        using var secret = certificate.GetECDsaPrivateKey()!;
        using var plain = X509CertificateLoader.LoadCertificate(der);
        using var known = plain.GetECDsaPublicKey()!;
        Assert.Equal(der, certificate.RawData);
        Assert.True(known.VerifyData("x"u8, secret.SignData("x"u8, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256));
    }

    [Fact]
    public void Anothers_key_is_not_taken()
    {
        var (der, _) = Issue(ECCurve.NamedCurves.nistP256);
        var (_, other) = Issue(ECCurve.NamedCurves.nistP256);
        var (_, longer) = Issue(ECCurve.NamedCurves.nistP384);

        Assert.Null(OpenSslLeaf.TryOpen(der, other, []));
        Assert.Null(OpenSslLeaf.TryOpen(der, longer, []));
    }

    /// <summary>The public half that stands beside the secret is not believed: a file whose secret was damaged would sign what nobody can verify.</summary>
    [Fact]
    public void A_key_whose_secret_was_damaged_is_not_taken()
    {
        var (der, key) = Issue(ECCurve.NamedCurves.nistP256);
        var secret = EcSecret.TryRead(key)!.Value.Number;
        key[key.AsSpan().IndexOf(secret.Span) + 20] ^= 1;

        Assert.Null(OpenSslLeaf.TryOpen(der, key, []));
    }

    [Fact]
    public void A_key_of_another_kind_is_the_platforms()
    {
        var generation = Ca.Issue("shop.test", KeyFamily.Rsa, DateTimeOffset.UtcNow.AddDays(60), "shop.test");

        Assert.Null(OpenSslLeaf.TryOpen(generation.Chain.Leaf.Span, generation.PrivateKeyPkcs8, []));
    }

    [Fact]
    public void Damaged_bytes_are_refused_or_are_what_is_shown_byte_for_byte()
    {
        var (der, key) = Issue(ECCurve.NamedCurves.nistP256);

        Gen.Select(Gen.Int[0, der.Length - 1], Gen.Byte, Gen.Int[0, der.Length]).Sample((place, value, length) =>
        {
            var damaged = der.ToArray();
            damaged[place] = value;
            if (place % 4 == 0) damaged = damaged[..length];
            using var leaf = OpenSslLeaf.TryOpen(damaged, key, []);
            if (leaf is null) return;

            using var certificate = leaf.ToCertificate();
            Assert.Equal(damaged, certificate.RawData);
        });
    }

    [Fact]
    public void Damaged_keys_are_refused_or_the_leafs()
    {
        var (der, key) = Issue(ECCurve.NamedCurves.nistP256);

        Gen.Select(Gen.Int[0, key.Length - 1], Gen.Byte).Sample((place, value) =>
        {
            var damaged = key.ToArray();
            damaged[place] = value;
            using var leaf = OpenSslLeaf.TryOpen(der, damaged, []);
            Assert.True(leaf is null || EcSecret.TryRead(damaged)!.Value.Number.Span.SequenceEqual(EcSecret.TryRead(key)!.Value.Number.Span));
        });
    }

    [Fact]
    public void Bytes_behind_the_certificate_are_refused()
    {
        var (der, key) = Issue(ECCurve.NamedCurves.nistP256);

        Assert.Null(OpenSslLeaf.TryOpen([.. der, 0], key, []));
    }

    private static (byte[] Der, byte[] Key) Issue(ECCurve curve)
    {
        using var key = ECDsa.Create(curve);
        using var certificate = new CertificateRequest("CN=leaf.test", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return (certificate.RawData, key.ExportPkcs8PrivateKey());
    }
}
