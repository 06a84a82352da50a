using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Signing;

namespace AcmeKestrel.Tests.Protocol;

public sealed class AccountKeyTests
{
    public static TheoryData<AcmeSignatureAlgorithm> Algorithms => [.. Enum.GetValues<AcmeSignatureAlgorithm>()];

    [Fact]
    public void The_thumbprint_of_RFC_7638_comes_out()
    {
        const string N = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65"
            + "YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

        // A leading zero, as ASN.1 integers have it, must not get into the JWK.
        var jwk = JsonWebKey.Of(new RSAParameters { Exponent = [0, 1, 0, 1], Modulus = [0, .. Base64Url.DecodeFromChars(N)] });

        Assert.Equal($$"""{"e":"AQAB","kty":"RSA","n":"{{N}}"}""", jwk);
        Assert.Equal("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", JsonWebKey.Thumbprint(jwk));
    }

    [Fact]
    public void A_coordinate_keeps_the_width_of_its_curve()
    {
        var jwk = JsonWebKey.Of(new ECParameters { Q = new() { X = [1], Y = [.. Enumerable.Repeat((byte)2, 66)] } }, "P-521", 66);

        var members = JsonDocument.Parse(jwk).RootElement;
        Assert.Equal([.. new byte[65], 1], Jws.Decode(members.GetProperty("x").GetString()!));
        Assert.Equal(["crv", "kty", "x", "y"], members.EnumerateObject().Select(member => member.Name));
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_signature_verifies_with_the_public_key_and_has_the_full_width_each_time(AcmeSignatureAlgorithm algorithm)
    {
        using var key = AcmeAccountKey.Create(algorithm);
        var jwk = JsonDocument.Parse(key.Jwk).RootElement;

        // Enough signatures that r or s begins with a zero byte in some: every second one has it on P-521, one in 128 elsewhere.
        for (var i = 0; i < (algorithm is AcmeSignatureAlgorithm.RS256 ? 3 : 100); i++)
        {
            var data = Encoding.ASCII.GetBytes($"message {i}");
            Assert.True(Jws.Verify(jwk, algorithm.ToString(), data, key.Sign(data)));
        }
    }

    [Fact]
    public void Keys_on_P_521_introduce_themselves_in_full_width_whatever_their_first_byte()
    {
        var firstBytes = new HashSet<bool>();
        for (var i = 0; i < 40; i++)
        {
            using var key = AcmeAccountKey.Create(AcmeSignatureAlgorithm.ES512);
            var x = Jws.Decode(JsonDocument.Parse(key.Jwk).RootElement.GetProperty("x").GetString()!);
            Assert.Equal(66, x.Length);
            firstBytes.Add(x[0] == 0);
        }

        Assert.Equal(2, firstBytes.Count);
    }

    public static TheoryData<string> Oddities => [.. AccountKeyVectors.All.Select(vector => vector.Oddity)];

    /// <summary>A coordinate that lost its zeros would still verify somewhere, but have another thumbprint, and no challenge would pass.</summary>
    [Theory]
    [MemberData(nameof(Oddities))]
    public void The_thumbprint_is_the_one_that_others_calculate(string oddity)
    {
        var (_, algorithm, der, thumbprint) = AccountKeyVectors.All.Single(vector => vector.Oddity == oddity);
        using var key = AcmeAccountKey.FromPem(PemEncoding.WriteString(algorithm is AcmeSignatureAlgorithm.RS256 ? "RSA PRIVATE KEY" : "EC PRIVATE KEY", Convert.FromBase64String(der)));

        Assert.Equal((algorithm, thumbprint), (key.Algorithm, key.Thumbprint));
        Assert.True(Jws.Verify(JsonDocument.Parse(key.Jwk).RootElement, algorithm.ToString(), [1, 2, 3], key.Sign([1, 2, 3])));
    }

    /// <summary>RFC 7518 section 3.4: as DER such a signature is shorter, and as two numbers cut to their octets too.</summary>
    [Theory]
    [InlineData(AcmeSignatureAlgorithm.ES256, 32, 1)]
    [InlineData(AcmeSignatureAlgorithm.ES384, 48, 1)]
    [InlineData(AcmeSignatureAlgorithm.ES512, 66, 2)]
    public void A_signature_keeps_the_zeros_its_numbers_begin_with(AcmeSignatureAlgorithm algorithm, int width, int zeros)
    {
        using var key = AcmeAccountKey.Create(algorithm);
        var jwk = JsonDocument.Parse(key.Jwk).RootElement;
        var (shortR, shortS) = (false, false);

        // One number in 256 is so short (on P-521 one in 512): twenty thousand signatures without it do not happen.
        for (var i = 0; i < 20_000 && !(shortR && shortS); i++)
        {
            var data = BitConverter.GetBytes(i);
            var signature = key.Sign(data);
            Assert.Equal(2 * width, signature.Length);
            var (isShortR, isShortS) = (!signature.AsSpan(0, zeros).ContainsAnyExcept((byte)0), !signature.AsSpan(width, zeros).ContainsAnyExcept((byte)0));
            if (isShortR || isShortS) Assert.True(Jws.Verify(jwk, algorithm.ToString(), data, signature));
            (shortR, shortS) = (shortR || isShortR, shortS || isShortS);
        }

        Assert.True(shortR && shortS);
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void A_key_survives_its_PEM(AcmeSignatureAlgorithm algorithm)
    {
        using var key = AcmeAccountKey.Create(algorithm);
        using var again = AcmeAccountKey.FromPem(key.ToPem());

        Assert.StartsWith("-----BEGIN PRIVATE KEY-----", key.ToPem(), StringComparison.Ordinal);
        Assert.Equal((key.Algorithm, key.Thumbprint), (again.Algorithm, again.Thumbprint));
    }

    [Fact]
    public void Keys_of_openssl_and_certbot_are_read()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        var parameters = PemEncoding.WriteString("EC PARAMETERS", [6, 5, 43, 129, 4, 0, 34]);

        using var sec1 = AcmeAccountKey.FromPem($"{parameters}\n{ec.ExportECPrivateKeyPem()}\r\n");
        using var pkcs1 = AcmeAccountKey.FromPem("a comment\n" + rsa.ExportRSAPrivateKeyPem());

        Assert.Equal((AcmeSignatureAlgorithm.ES384, AcmeSignatureAlgorithm.RS256), (sec1.Algorithm, pkcs1.Algorithm));
    }

    [Fact]
    public void What_is_no_account_key_is_refused()
    {
        using var koblitz = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));
        using var small = RSA.Create(1024);
        using var good = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        string[] refused =
        [
            "", "-----BEGIN PRIVATE KEY-----", PemEncoding.WriteString("PRIVATE KEY", [1, 2, 3]), PemEncoding.WriteString("EC PRIVATE KEY", [0x30, 0]),
            koblitz.ExportPkcs8PrivateKeyPem(), small.ExportPkcs8PrivateKeyPem(), good.ExportSubjectPublicKeyInfoPem(),
            good.ExportEncryptedPkcs8PrivateKeyPem("secret", new(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1)),
        ];

        Assert.All(refused, pem => Assert.Throws<FormatException>(() => AcmeAccountKey.FromPem(pem)));
    }

    /// <summary>The platform tells it by another exception than damage.</summary>
    [Fact]
    public void A_key_on_a_curve_that_nobody_knows_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var (label, der) in ((string, byte[])[])[("PRIVATE KEY", key.ExportPkcs8PrivateKey()), ("EC PRIVATE KEY", key.ExportECPrivateKey())])
        {
            der[der.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]) + 7] = 0x77;
            var pem = PemEncoding.WriteString(label, der);

            Assert.Throws<FormatException>(() => AcmeAccountKey.FromPem(pem));
            Assert.Throws<FormatException>(() => CertificateKey.FromPem(Encoding.ASCII.GetBytes(pem)));
            if (label is "PRIVATE KEY") Assert.Throws<CryptographicException>(() => CertificateKey.Open(der).Dispose());
        }
    }

    [Fact]
    public void A_key_authorization_is_the_token_and_the_thumbprint()
    {
        using var key = AcmeAccountKey.Create();

        Assert.Equal($"{Json.Token}.{key.Thumbprint}", key.KeyAuthorization(Json.Token));
    }

    [Fact]
    public void One_key_signs_for_many_at_once()
    {
        using var key = AcmeAccountKey.Create();
        var jwk = JsonDocument.Parse(key.Jwk).RootElement;

        Parallel.For(0, 200, i =>
        {
            var data = BitConverter.GetBytes(i);
            Assert.True(Jws.Verify(jwk, "ES256", data, key.Sign(data)));
        });
    }
}
