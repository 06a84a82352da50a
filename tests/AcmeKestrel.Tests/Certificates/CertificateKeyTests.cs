using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Tests.Certificates;

public sealed class CertificateKeyTests
{
    // openssl ecparam -name prime256v1 -genkey: an EC PARAMETERS block comes first.
    private const string Sec1 = """
        -----BEGIN EC PARAMETERS-----
        BggqhkjOPQMBBw==
        -----END EC PARAMETERS-----
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEILEaySeINAunpo/wVCBhW8BaT7UWdwTNBLUW/kemPAaZoAoGCCqGSM49
        AwEHoUQDQgAE2Evm1okXVC0UyDERhyPUkwd3kxgYudTc5BL+pz/i3QUNo76cEqZO
        MZLprbxD00r9MCicoWDhKN6IrGNgEt23tw==
        -----END EC PRIVATE KEY-----
        """;

    // The same key: openssl pkcs8 -topk8 -nocrypt.
    private const string Sec1AsPkcs8 = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsRrJJ4g0C6emj/BU
        IGFbwFpPtRZ3BM0EtRb+R6Y8BpmhRANCAATYS+bWiRdULRTIMRGHI9STB3eTGBi5
        1NzkEv6nP+LdBQ2jvpwSpk4xkumtvEPTSv0wKJyhYOEo3oisY2AS3be3
        -----END PRIVATE KEY-----
        """;

    // The same key: openssl pkcs8 -topk8 -passout pass:x.
    private const string Encrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgGaZRleCygwwICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEL0QM/J3/nNuQnSbs3m2JsUEgZBP
        V5IBlrdqJayLW1t4L2Z+kBuTmPHe5VDj2GzY0XOmSW8Yi5QMqAE1E6FHfVJnIufT
        xtsfjC6zfhWwYntnTZflTj5ELMCT7dONCeBoZJyBKaRwX8/K7SD08wlbzltXDs1n
        Iw3Air7ADsbh2D48j4nqeqJszWHNvMRJm2/CjLiGSTQR2aQoyT4yMrSL99DDo2o=
        -----END ENCRYPTED PRIVATE KEY-----
        """;

    [Theory]
    [InlineData(AcmeKeyType.P256, 256)]
    [InlineData(AcmeKeyType.P384, 384)]
    [InlineData(AcmeKeyType.Rsa2048, 2048)]
    public void A_key_has_its_size_and_survives_PEM(AcmeKeyType type, int bits)
    {
        var key = CertificateKey.Create(type);

        using var opened = CertificateKey.Open(key);
        Assert.Equal(bits, opened.KeySize);
        Assert.Equal(key, CertificateKey.FromPem(Encoding.ASCII.GetBytes(CertificateKey.ToPem(key))));
    }

    [Theory]
    [InlineData(AcmeKeyType.P256, "1.2.840.10045.4.3.2")]
    [InlineData(AcmeKeyType.P384, "1.2.840.10045.4.3.3")]
    [InlineData(AcmeKeyType.Rsa2048, "1.2.840.113549.1.1.11")]
    public void A_request_has_no_subject_and_exactly_the_names(AcmeKeyType type, string signatureAlgorithm)
    {
        string[] names = ["a.test", "*.b.test", "192.0.2.7", "2001:db8::7", new string('a', 63) + ".xn--bcher-kva.test"];

        var der = CertificateKey.CreateSigningRequest(CertificateKey.Create(type), [.. names.Select(AcmeIdentifier.Parse)]);

        // Loading verifies the request's own signature.
        var request = CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        Assert.Empty(request.SubjectName.EnumerateRelativeDistinguishedNames());
        var extension = Assert.IsType<X509SubjectAlternativeNameExtension>(Assert.Single(request.CertificateExtensions));
        Assert.Equal(names, extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())).OrderBy(name => Array.IndexOf(names, name)));
        Assert.Equal(signatureAlgorithm, SignatureAlgorithm(der));
    }

    [Fact]
    public void Keys_as_openssl_writes_them_are_read()
    {
        var expected = CertificateKey.FromPem(Encoding.ASCII.GetBytes(Sec1AsPkcs8));

        Assert.Equal(expected, CertificateKey.FromPem(Encoding.ASCII.GetBytes(Sec1)));
        Assert.Equal(expected, CertificateKey.FromPem(Encoding.ASCII.GetBytes("a note\r\n" + Sec1AsPkcs8.ReplaceLineEndings("\r\n"))));
    }

    [Fact]
    public void An_RSA_key_in_PKCS1_is_read()
    {
        using var rsa = RSA.Create(2048);

        Assert.Equal(rsa.ExportPkcs8PrivateKey(), CertificateKey.FromPem(Encoding.ASCII.GetBytes(rsa.ExportRSAPrivateKeyPem())));
    }

    [Fact]
    public void What_is_no_key_is_a_format_exception()
    {
        Assert.Throws<FormatException>(() => CertificateKey.FromPem("no PEM"u8));
        Assert.Throws<FormatException>(() => CertificateKey.FromPem(Encoding.ASCII.GetBytes(Encrypted)));
        Assert.Throws<FormatException>(() => CertificateKey.FromPem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"u8));
        Assert.Throws<FormatException>(() => CertificateKey.FromPem("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"u8));
    }

    [Fact]
    public void An_Ed25519_key_is_refused() => Assert.Throws<CryptographicException>(
        () => CertificateKey.Open(Convert.FromHexString("302e020100300506032b657004220420" + new string('1', 64))));

    /// <summary>RFC 2986 section 4.2: CertificationRequest = info, signature algorithm, signature.</summary>
    private static string SignatureAlgorithm(byte[] der)
    {
        var request = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        request.ReadEncodedValue();
        return request.ReadSequence().ReadObjectIdentifier();
    }
}
