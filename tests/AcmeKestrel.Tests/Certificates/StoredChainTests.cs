using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AcmeKestrel.Certificates;
using CsCheck;

namespace AcmeKestrel.Tests.Certificates;

/// <summary>What is read of a stored chain by its DER alone is what the platform reads.</summary>
public sealed class StoredChainTests
{
    private static readonly (string Chain, byte[] Key)[] Certificates = [.. Make()];

    [Fact]
    public void A_stored_chain_says_what_the_platform_says() => Assert.All(Certificates, certificate =>
    {
        var pem = Encoding.ASCII.GetBytes(certificate.Chain);
        var (expected, actual) = (CertificateChain.ParsePem(pem), CertificateChain.ReadStored(pem, out var read));

        Assert.Equal(expected.Identifiers, actual.Identifiers);
        Assert.Equal((expected.KeyFamily, expected.NotBefore, expected.NotAfter), (actual.KeyFamily, actual.NotBefore, actual.NotAfter));
        Assert.True(expected.Leaf.Span.SequenceEqual(actual.Leaf.Span));
        Assert.Equal(expected.Intermediates.Count + 1, read.Count);
        Assert.Null(IssuedCertificateCheck.FindStoredFault(actual, read, certificate.Key));
        Assert.True(KeyMatch.Test(certificate.Key, read[0].PublicKey));
    });

    [Fact]
    public void Another_ones_key_is_found_out() => Assert.All(Certificates, certificate =>
    {
        var chain = CertificateChain.ReadStored(Encoding.ASCII.GetBytes(certificate.Chain), out var read);

        Assert.All(Certificates.Where(other => other.Key != certificate.Key), other => Assert.Equal("The certificate is for another key than ours.", IssuedCertificateCheck.FindStoredFault(chain, read, other.Key)));
    });

    [Fact]
    public void A_key_without_its_public_half_is_asked_of_the_platform()
    {
        var (chain, key) = Certificates[0];
        using var whole = ECDsa.Create();
        whole.ImportPkcs8PrivateKey(key, out _);
        var bare = WithoutPublicHalf(whole.ExportParameters(true).D!);
        var read = CertificateChain.ReadStored(Encoding.ASCII.GetBytes(chain), out var certificates);

        Assert.Null(KeyMatch.Test(bare, certificates[0].PublicKey));
        Assert.Equal(IssuedCertificateCheck.FindFault(read, bare, []), IssuedCertificateCheck.FindStoredFault(read, certificates, bare));
    }

    [Fact]
    public void A_gap_in_the_chain_is_found_out()
    {
        var chain = CertificateChain.ReadStored(Encoding.ASCII.GetBytes(Leaf(Certificates[0].Chain) + Leaf(Certificates[1].Chain)), out var read);

        Assert.Contains("gap", IssuedCertificateCheck.FindStoredFault(chain, read, Certificates[0].Key), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_bytes_are_a_format_exception_or_a_certificate_and_nothing_else()
    {
        var der = CertificateChain.ReadStored(Encoding.ASCII.GetBytes(Certificates[0].Chain), out _).Leaf.ToArray();

        Gen.Select(Gen.Int[0, der.Length - 1], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            var damaged = der.ToArray();
            foreach (var (at, value) in changes) damaged[at] = value;
            try
            {
                CertificateChain.ReadStored(Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE", damaged)), out var read);
                KeyMatch.Test(Certificates[0].Key, read[0].PublicKey);
            }
            catch (FormatException)
            {
            }
        });
    }

    [Fact]
    public void A_damaged_key_is_a_format_exception_or_no_match_and_nothing_else()
    {
        var key = Certificates[0].Key;
        CertificateChain.ReadStored(Encoding.ASCII.GetBytes(Certificates[0].Chain), out var read);

        Gen.Select(Gen.Int[0, key.Length - 1], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            var damaged = key.ToArray();
            foreach (var (at, value) in changes) damaged[at] = value;
            try
            {
                KeyMatch.Test(CertificateKey.ReadStored(Encoding.ASCII.GetBytes(PemEncoding.WriteString("PRIVATE KEY", damaged))), read[0].PublicKey);
            }
            catch (FormatException)
            {
            }
        });
    }

    private static string Leaf(string chain) => chain[..(chain.IndexOf("-----END CERTIFICATE-----", StringComparison.Ordinal) + 26)];

    /// <summary>RFC 5915 section 3: the public half is optional.</summary>
    private static byte[] WithoutPublicHalf(byte[] secret)
    {
        byte[] inner = [0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20, .. secret];
        return [0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x04, 0x27, .. inner];
    }

    private static IEnumerable<(string Chain, byte[] Key)> Make()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var authority = new CertificateRequest("O=Test, CN=Root", rootKey, HashAlgorithmName.SHA384);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = authority.CreateSelfSigned(new DateTimeOffset(1999, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2120, 1, 1, 0, 0, 0, TimeSpan.Zero));
        foreach (var (type, names, days) in new[]
        {
            (AcmeKeyType.P256, new[] { "shop.test" }, 90), (AcmeKeyType.P256, ["*.shop.test", "shop.test", "xn--bcher-kva.test"], 6),
            (AcmeKeyType.P384, ["192.0.2.7", "2001:db8::7"], 400), (AcmeKeyType.Rsa2048, ["rsa.test"], 20_000), (AcmeKeyType.P256, [], 90),
        })
        {
            var key = CertificateKey.Create(type);
            using var opened = CertificateKey.Open(key);
            var request = opened is RSA rsa
                ? new CertificateRequest("CN=leaf", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
                : new CertificateRequest("CN=leaf", (ECDsa)opened, HashAlgorithmName.SHA256);
            var subjects = new SubjectAlternativeNameBuilder();
            foreach (var name in names)
            {
                if (System.Net.IPAddress.TryParse(name, out var address)) subjects.AddIpAddress(address);
                else subjects.AddDnsName(name);
            }

            if (names.Length > 0) request.CertificateExtensions.Add(subjects.Build(critical: names.Length > 1));
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
            var now = new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);
            using var leaf = request.Create(root.SubjectName, X509SignatureGenerator.CreateForECDsa(rootKey), now, now.AddDays(days), [1, 2, 3]);
            yield return (leaf.ExportCertificatePem() + "\n" + root.ExportCertificatePem() + "\n", key);
        }
    }
}
