using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AcmeKestrel.Challenges;
using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.Challenges;

/// <summary>RFC 8737 section 3, RFC 8738 section 6.</summary>
public sealed class TlsAlpnCertificateTests
{
    [Theory]
    [InlineData("shop.test")]
    [InlineData("xn--bcher-kva.test")]
    [InlineData("192.0.2.1")]
    [InlineData("2001:db8::1")]
    public void It_has_exactly_one_name_the_identifiers(string name)
    {
        using var certificate = Create(name);
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();

        Assert.Equal([name], names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())));
    }

    [Fact]
    public void The_acme_extension_is_critical_and_holds_the_digest_of_the_key_authorization()
    {
        using var certificate = Create("shop.test");
        var extension = Assert.Single(certificate.Extensions, extension => extension.Oid!.Value == Probes.AcmeIdentifierOid);

        Assert.True(extension.Critical);
        Assert.Equal(
            SHA256.HashData(Encoding.ASCII.GetBytes(Probes.Pending("shop.test").KeyAuthorization)),
            AsnDecoder.ReadOctetString(extension.RawData, AsnEncodingRules.DER, out var read));
        Assert.Equal(extension.RawData.Length, read);
    }

    [Fact]
    public void It_is_self_signed_with_a_usable_p256_key()
    {
        using var certificate = Create("shop.test");
        using var key = certificate.GetECDsaPrivateKey();

        Assert.Equal(256, key!.KeySize);
        Assert.Equal(certificate.Subject, certificate.Issuer);
    }

    private static X509Certificate2 Create(string name) => TlsAlpnCertificate.Create(Probes.Pending(name), DateTimeOffset.UtcNow);
}
