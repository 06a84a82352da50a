namespace AcmeKestrel.Certificates;

/// <summary>Makes certificate keys and the CSRs they sign.</summary>
internal static class CertificateKey
{
    /// <summary>A new key as PKCS#8 DER.</summary>
    public static byte[] Create(AcmeKeyType type) => throw new NotImplementedException();

    /// <summary>A PKCS#10 request with an empty subject and exactly these names (RFC 8555 section 7.4).</summary>
    public static byte[] CreateSigningRequest(ReadOnlySpan<byte> privateKeyPkcs8, IReadOnlyCollection<AcmeIdentifier> identifiers) => throw new NotImplementedException();

    /// <summary>The key as PKCS#8 PEM (RFC 7468 section 10).</summary>
    public static string ToPem(ReadOnlySpan<byte> privateKeyPkcs8) => throw new NotImplementedException();

    /// <summary>PKCS#8 DER out of PEM.</summary>
    /// <exception cref="FormatException">No unencrypted PKCS#8, SEC 1 or PKCS#1 key in it.</exception>
    public static byte[] FromPem(ReadOnlySpan<byte> pem) => throw new NotImplementedException();
}
