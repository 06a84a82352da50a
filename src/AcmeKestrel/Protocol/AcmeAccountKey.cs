using System.Security.Cryptography;
using AcmeKestrel.Protocol.Signing;

namespace AcmeKestrel.Protocol;

/// <summary>An account's key pair: signs requests and names the account in key authorizations. Thread-safe.</summary>
public sealed class AcmeAccountKey : IDisposable
{
    private const int MinRsaBits = 2048;

    /// <summary>The platform's key objects promise nothing about concurrent use, and a signature is short.</summary>
    private readonly Lock _signing = new();
    private readonly AsymmetricAlgorithm _key;

    private AcmeAccountKey(AsymmetricAlgorithm key, AcmeSignatureAlgorithm algorithm, string jwk)
    {
        _key = key;
        Algorithm = algorithm;
        Jwk = jwk;
        Thumbprint = JsonWebKey.Thumbprint(jwk);
    }

    /// <summary>What it signs with.</summary>
    public AcmeSignatureAlgorithm Algorithm { get; }

    /// <summary>The JWK thumbprint, base64url (RFC 7638).</summary>
    public string Thumbprint { get; }

    /// <summary>The public key.</summary>
    internal string Jwk { get; }

    /// <summary>A new key.</summary>
    public static AcmeAccountKey Create(AcmeSignatureAlgorithm algorithm = AcmeSignatureAlgorithm.ES256) => algorithm switch
    {
        AcmeSignatureAlgorithm.ES256 => Of(ECDsa.Create(ECCurve.NamedCurves.nistP256)),
        AcmeSignatureAlgorithm.ES384 => Of(ECDsa.Create(ECCurve.NamedCurves.nistP384)),
        AcmeSignatureAlgorithm.ES512 => Of(ECDsa.Create(ECCurve.NamedCurves.nistP521)),
        AcmeSignatureAlgorithm.RS256 => Of(RSA.Create(MinRsaBits)),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    /// <summary>Reads an unencrypted PKCS#8, SEC 1 or PKCS#1 PEM.</summary>
    /// <exception cref="FormatException">No key in it, or of a kind no CA accepts.</exception>
    public static AcmeAccountKey FromPem(ReadOnlySpan<char> pem) => Of(AccountKeyPem.Read(pem));

    /// <summary>Reads a private JWK (RFC 7517), as some ACME clients keep it.</summary>
    /// <exception cref="FormatException">It is none, or of a kind no CA accepts.</exception>
    public static AcmeAccountKey FromJwk(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return Of(PrivateJsonWebKey.Read(json));
    }

    private static AcmeAccountKey Of(AsymmetricAlgorithm key)
    {
        try
        {
            return key is RSA rsa ? Of(rsa) : Of((ECDsa)key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>The private key as PKCS#8 PEM.</summary>
    public string ToPem()
    {
        lock (_signing) return _key.ExportPkcs8PrivateKeyPem();
    }

    /// <summary>What a challenge for <paramref name="token"/> must be answered with (RFC 8555 section 8.1).</summary>
    public string KeyAuthorization(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return $"{token}.{Thumbprint}";
    }

    /// <summary>A JWS signature: r and s side by side in full width for ECDSA (RFC 7518 section 3.4), not DER.</summary>
    internal byte[] Sign(ReadOnlySpan<byte> data)
    {
        var hash = Algorithm switch
        {
            AcmeSignatureAlgorithm.ES384 => HashAlgorithmName.SHA384,
            AcmeSignatureAlgorithm.ES512 => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA256,
        };

        lock (_signing)
        {
            return _key is RSA rsa
                ? rsa.SignData(data, hash, RSASignaturePadding.Pkcs1)
                : ((ECDsa)_key).SignData(data, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static AcmeAccountKey Of(RSA key) => key.KeySize >= MinRsaBits
        ? new(key, AcmeSignatureAlgorithm.RS256, JsonWebKey.Of(key.ExportParameters(includePrivateParameters: false)))
        : throw new FormatException($"An RSA account key needs {MinRsaBits} bits; this one has {key.KeySize}.");

    private static AcmeAccountKey Of(ECDsa key)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        var (algorithm, curve, width) = parameters.Curve.Oid?.Value switch
        {
            "1.2.840.10045.3.1.7" => (AcmeSignatureAlgorithm.ES256, "P-256", 32),
            "1.3.132.0.34" => (AcmeSignatureAlgorithm.ES384, "P-384", 48),
            "1.3.132.0.35" => (AcmeSignatureAlgorithm.ES512, "P-521", 66),
            _ => throw new FormatException("An account key on an elliptic curve needs P-256, P-384 or P-521."),
        };
        return new(key, algorithm, JsonWebKey.Of(parameters, curve, width));
    }
}
