namespace AcmeKestrel.Protocol;

/// <summary>An account's key pair: signs requests and names the account in key authorizations.</summary>
public sealed class AcmeAccountKey : IDisposable
{
    /// <summary>What it signs with.</summary>
    public AcmeSignatureAlgorithm Algorithm => throw new NotImplementedException();

    /// <summary>The JWK thumbprint, base64url (RFC 7638).</summary>
    public string Thumbprint => throw new NotImplementedException();

    /// <summary>A new key.</summary>
    public static AcmeAccountKey Create(AcmeSignatureAlgorithm algorithm = AcmeSignatureAlgorithm.ES256) => throw new NotImplementedException();

    /// <summary>Reads an unencrypted PKCS#8, SEC 1 or PKCS#1 PEM.</summary>
    /// <exception cref="FormatException">No key in it, or of a kind no CA accepts.</exception>
    public static AcmeAccountKey FromPem(ReadOnlySpan<char> pem) => throw new NotImplementedException();

    /// <summary>The private key as PKCS#8 PEM.</summary>
    public string ToPem() => throw new NotImplementedException();

    /// <summary>What a challenge for <paramref name="token"/> must be answered with (RFC 8555 section 8.1).</summary>
    public string KeyAuthorization(string token) => $"{token}.{Thumbprint}";

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
