using System.Formats.Asn1;
using System.Security.Cryptography;

namespace AcmeKestrel.Protocol.Signing;

/// <summary>Reads the first private key of a PEM text; what else is in it (openssl's <c>EC PARAMETERS</c>) is passed over.</summary>
internal static class AccountKeyPem
{
    private const string RsaOid = "1.2.840.113549.1.1.1";
    private const string EcOid = "1.2.840.10045.2.1";

    public static AsymmetricAlgorithm Read(ReadOnlySpan<char> pem)
    {
        while (PemEncoding.TryFind(pem, out var fields))
        {
            var label = pem[fields.Label];
            if (label is "ENCRYPTED PRIVATE KEY") throw new FormatException("The account key is encrypted; an unencrypted one is needed.");
            if (label is "PRIVATE KEY" or "EC PRIVATE KEY" or "RSA PRIVATE KEY")
            {
                var der = new byte[fields.DecodedDataLength];
                try
                {
                    Convert.TryFromBase64Chars(pem[fields.Base64Data], der, out _);
                    return Import(label, der);
                }
                catch (Exception broken) when (broken is CryptographicException or AsnContentException or PlatformNotSupportedException)
                {
                    throw new FormatException("The account key is damaged, or of a kind that is not supported.", broken);
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(der);
                }
            }

            pem = pem[fields.Location.End..];
        }

        throw new FormatException("There is no private key in the PEM text.");
    }

    private static AsymmetricAlgorithm Import(ReadOnlySpan<char> label, byte[] der) => label switch
    {
        "EC PRIVATE KEY" => Import(ECDsa.Create(), key => key.ImportECPrivateKey(der, out _)),
        "RSA PRIVATE KEY" => Import(RSA.Create(), key => key.ImportRSAPrivateKey(der, out _)),
        _ => Oid(der) switch
        {
            EcOid => Import(ECDsa.Create(), key => key.ImportPkcs8PrivateKey(der, out _)),
            RsaOid => Import(RSA.Create(), key => key.ImportPkcs8PrivateKey(der, out _)),
            _ => throw new FormatException("An account key is an RSA or an elliptic curve key."),
        },
    };

    private static T Import<T>(T key, Action<T> import) where T : AsymmetricAlgorithm
    {
        try
        {
            import(key);
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>PrivateKeyInfo (RFC 5208 section 5): SEQUENCE { version, SEQUENCE { algorithm, ... }, ... }.</summary>
    private static string Oid(byte[] der)
    {
        var info = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
        info.ReadInteger();
        return info.ReadSequence().ReadObjectIdentifier();
    }
}
